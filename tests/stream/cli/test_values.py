"""Values of shared options: models, sensitivity, labels, channels and time zones."""

import pytest

from command_line import check_refused, only_line, whipbird_here, with_demo


def test_an_unknown_sensitivity_is_one_line(demo, shipped):
    result = whipbird_here("replay", demo, "--model", shipped, "--sensitivity", "wild")
    assert result.returncode == 1
    assert only_line(result.stderr).startswith("whipbird: commands has no operating point 'wild'; use one of balanced")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["replay", "demo", "--channel", "0"], 2, "channel '0'"),
        (["replay", "demo", "--channel", "7"], 1, "has 1 channels, not 7"),
        (["replay", "demo", "--model", "nothing"], 1, "no model named 'nothing'"),
        (["replay", "demo", "--label", "whisper"], 2, "no chosen model reports 'whisper'"),
        (["replay", "demo", "--time-zone", "Mars/Olympus"], 2, "unknown time zone"),
    ],
)
def test_errors_say_what_to_do(demo, shipped, tmp_path, arguments, code, message):
    check_refused(whipbird_here(*with_demo(arguments, demo), cwd=tmp_path), code, message)


def test_a_repeated_model_counts_once_and_two_models_of_one_name_are_refused(demo, shipped, bundle):
    def events(*options):
        return whipbird_here("replay", demo, "--speed", "max", *options).stdout.splitlines()[:-1]

    assert events("-m", "commands", "-m", shipped) == events()
    refused = whipbird_here("replay", demo, "-m", "commands", "-m", bundle)
    assert refused.returncode == 1
    assert "both named 'commands'" in only_line(refused.stderr)
