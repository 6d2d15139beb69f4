"""Values of shared options: models, sensitivity, labels, channels and time zones."""

import pytest

from command_line import as_objects, check_refused, only_line, whipbird_here, with_demo
from whipbird.models.model import Model


def events(*arguments):
    return as_objects(whipbird_here("replay", *arguments, "--speed", "max", "--json").stdout)[:-1]


def test_thresholds_replace_those_of_the_sensitivity(demo):
    every = events(demo)
    own = Model("commands").card.debounce["yes"].on
    yes = [event for event in every if event["label"] == "yes"]
    others = [event for event in every if event["label"] != "yes"]
    assert yes
    assert others
    assert events(demo, "--threshold", "0.9999") == []
    assert events(demo, "--sensitivity", "eager", "--threshold", "0.9999") == []
    assert events(demo, "--threshold", "yes=0.9999") == others
    assert events(demo, "--threshold", f"yes={own}", "--threshold", "0.9999") == yes


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
        (["replay", "demo", "--model", "comands"], 1, "did you mean 'commands'? use one of capuchinbird, commands,"),
        (["replay", "demo", "--sensitivity", "strct"], 1, "did you mean 'strict'? use one of balanced, strict, eager"),
        (["replay", "demo", "--label", "whisper"], 2, "no chosen model reports 'whisper'"),
        (["replay", "demo", "--label", "yess"], 2, "did you mean 'yes'? use one of down, go,"),
        (["scan", "demo", "--out", "out", "--threshold", "yess=0.5"], 2, "did you mean 'yes'? use one of down, go,"),
        (["replay", "demo", "--threshold", "80"], 2, "--threshold '80': give a score between 0 and 1, or LABEL=SCORE"),
        (["inspect", "demo", "-m", "commands", "--threshold", "yes=1"], 2, "--threshold 'yes=1': give a score between"),
        (["listen", "-", "--threshold", "=0.5"], 2, "--threshold '=0.5': give a score between 0 and 1, or LABEL=SCORE"),
        (["watch", ".", "--threshold", "nan"], 2, "--threshold 'nan': give a score between 0 and 1, or LABEL=SCORE"),
        (["classify", "demo", "--threshold", "yess=0.1"], 2, "did you mean 'yes'? use one of _silence_, _unknown_,"),
        (["replay", "demo", "--threshold", "0.5", "--threshold", "0.6"], 2, "another threshold for all labels"),
        (["replay", "demo", "--time-zone", "Mars/Olympus"], 2, "unknown time zone"),
    ],
)
def test_errors_say_what_to_do(demo, shipped, tmp_path, arguments, code, message):
    check_refused(whipbird_here(*with_demo(arguments, demo), cwd=tmp_path), code, message)


def test_a_repeated_model_counts_once_and_two_models_of_one_name_are_refused(demo, shipped, bundle):
    assert events(demo, "-m", "commands", "-m", shipped) == events(demo)
    refused = whipbird_here("replay", demo, "-m", "commands", "-m", bundle)
    assert refused.returncode == 1
    assert "both named 'commands'" in only_line(refused.stderr)
