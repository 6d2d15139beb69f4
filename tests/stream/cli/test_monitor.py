"""``whipbird monitor`` and ``whipbird status`` as users run them."""

import signal
import sys

import pytest

from command_line import LIMIT_S, started, whipbird_here
from stations import folder
from waiting import wait_until

SOURCE = '[[source]]\nname = "a"\nfeed = "http://x/"\nmodels = "commands"\n'


def whipbird(folder, *arguments):
    return whipbird_here(*arguments, cwd=folder, env={"HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")})


def test_the_example_passes_its_own_check(tmp_path):
    (tmp_path / "station.toml").write_text(whipbird(tmp_path, "monitor", "--example").stdout)
    done = whipbird(tmp_path, "monitor", "station.toml", "--check")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "station.toml: 3 sources, the settings are valid, but not everything is available now\n"
    assert "source 'card': no folder" in done.stderr
    assert [path.name for path in tmp_path.glob("[!.]*")] == ["station.toml"]
    (tmp_path / "station.toml").write_text(SOURCE)
    done = whipbird(tmp_path, "monitor", "station.toml", "--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "station.toml: 1 source, the settings are valid\n", "")


def test_the_check_names_models_labels_and_outputs(tmp_path):
    path = tmp_path / "station.toml"
    for text, message in [
        (SOURCE.replace("commands", "nope"), "source 'a': models: no model named 'nope'"),
        (f'{SOURCE}labels = "nope"\n', "source 'a': labels: no model of this source reports 'nope'"),
        (f'{SOURCE}sensitivity = "x"\n', "source 'a': sensitivity: "),
        (
            f"{SOURCE}threshold = {{ yess = 0.5 }}\n",
            "source 'a': threshold: no model of this source reports 'yess'; did",
        ),
        (f"{SOURCE}threshold = 80\n", "source 'a': threshold: must be a score between 0 and 1, or a table"),
        (f'{SOURCE}[outputs]\nfiles = "a.doc"\n', "[outputs]: files: "),
        (f'{SOURCE}[outputs]\nfiles = "no/a.csv"\n', "[outputs]: files: "),
        (f'{SOURCE}[outputs]\nexec = "no-such-program"\n', "[outputs.exec]: command: program 'no-such-program' not"),
        (f'{SOURCE}[outputs.mqtt]\naddress = "x"\n', "[outputs.mqtt]: address: a broker"),
    ]:
        path.write_text(text)
        done = whipbird(tmp_path, "monitor", path, "--check")
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert f"station.toml, {message}" in done.stderr


def test_the_unit_starts_this_station(tmp_path):
    path = tmp_path / "station.toml"
    path.write_text(SOURCE)
    done = whipbird(tmp_path, "monitor", path, "--unit")
    assert f"monitor {path} --plain\n" in done.stdout


def test_status_without_a_running_station(tmp_path):
    done = whipbird(tmp_path, "status")
    assert (done.returncode, done.stderr) == (2, "")
    assert whipbird(tmp_path, "status", "--json").stdout == ""


def test_a_station_needs_settings(tmp_path):
    done = whipbird(tmp_path, "monitor")
    assert done.returncode == 2
    assert "--example prints one" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals are not the same there")
@pytest.mark.parametrize("outputs", [True, False])
def test_a_station_without_a_reader_goes_on_for_its_outputs(demo, tmp_path, outputs):
    (tmp_path / "card").mkdir()
    for name in ("a.flac", "b.flac"):
        (tmp_path / "card" / name).write_bytes(demo.read_bytes())
    heard, settings = tmp_path / "heard.jsonl", tmp_path / "station.toml"
    text = f'station = {{ name = "test", state = "{tmp_path / "state"}" }}\n' + folder(tmp_path / "card")
    settings.write_text(text + (f'[outputs]\nfiles = "{heard}"\n' if outputs else ""))
    with started("monitor", settings, "--plain") as process:
        process.stdout.close()
        if outputs:
            wait_until(lambda: heard.exists() and heard.read_text().count('"label"') == 24)
            process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT_S) == (0 if outputs else 141)
        assert "Traceback" not in process.stderr.read()
