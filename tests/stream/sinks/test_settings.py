"""Settings of outputs: the command line and a station's file fill the same models, with the same bounds."""

import pytest
import typer
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError
from rich.filesize import decimal
from typer.testing import CliRunner

from whipbird.cli.output_options import OPTIONS, with_outputs
from whipbird.errors import OutputError
from whipbird.sinks.messages.command import Exec
from whipbird.sinks.messages.mqtt import Mqtt
from whipbird.sinks.messages.webhook import Webhook
from whipbird.sinks.settings import OTHERS, Clips, Outputs, openers
from whipbird.sinks.values import read_secret
from whipbird.station.settings.read import SettingsError, read_settings
from whipbird.system.strict import explain

SOURCE = '[[source]]\nname = "a"\nfeed = "http://x/"\nmodels = "commands"\n'


@pytest.fixture
def typed():
    """Outputs as options on the command line ask for them; an error is its line."""

    def typed(*options):
        got = []
        app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)

        @app.command()
        @with_outputs
        def command(*, outputs: Outputs, station: str) -> None:
            got.append((outputs, station))

        result = CliRunner(env={"WHIPBIRD_WEBHOOK": None}).invoke(app, list(options))
        return got[0] if got else result.output.splitlines()[-1].removeprefix("Error: ").removeprefix("Invalid value: ")

    return typed


@pytest.fixture
def written(tmp_path):
    """The same from a station's file; paths are relative to the folder it is in."""

    def written(text):
        path = tmp_path / "station.toml"
        path.write_text(SOURCE + text)
        try:
            return read_settings(path).outputs
        except SettingsError as error:
            return str(error).removeprefix(f"{path}, ")

    return written


@pytest.mark.parametrize(
    ("options", "toml", "table"),
    [
        (["--clips", "/c"], 'clips = "/c"', Clips(folder="/c")),
        (
            "--clips /c --clip-before 5 --clip-after 0 --clip-pictures --clips-keep 1d --clips-most 2GB "
            "--clips-per-label 9",
            'clips = {folder = "/c", before = 5, after = 0, pictures = true, keep = "1d", most = "2GB", per_label = 9}',
            Clips(folder="/c", before=5, after=0, pictures=True, keep="1d", most="2GB", per_label=9),
        ),
        (["--mqtt", "mqtt://a"], 'mqtt = "mqtt://a"', Mqtt(address="mqtt://a", qos=1, discovery="homeassistant")),
        (
            "--mqtt mqtts://a --mqtt-password-file /p --mqtt-ca /ca",
            'mqtt = {address = "mqtts://a", password_file = "/p", ca = "/ca"}',
            Mqtt(address="mqtts://a", password_file="/p", ca="/ca"),
        ),
        (["--webhook", "http://a"], 'webhook = "http://a"', Webhook(address="http://a", batch=50)),
        (
            "--webhook http://a --webhook-token-file /t",
            'webhook = {address = "http://a", token_file = "/t"}',
            Webhook(address="http://a", token_file="/t"),
        ),
        (["--exec", "say 'a b'"], "exec = \"say 'a b'\"", Exec(command="say 'a b'", timeout=30, at_once=1)),
    ],
)
def test_options_and_toml_give_the_same(typed, written, options, toml, table):
    outputs, _ = typed(*(options.split() if isinstance(options, str) else options))
    kind = type(table).__name__.lower()
    assert getattr(outputs, kind) == getattr(written(f"[outputs]\n{toml}\n"), kind) == table
    assert outputs == Outputs(**{kind: table})


def test_files_and_the_station(typed, monkeypatch):
    assert typed("--out", "a.csv", "-o", "b.db", "--station", "forest") == (Outputs(files=["a.csv", "b.db"]), "forest")
    monkeypatch.setattr("socket.gethostname", lambda: "box")
    assert typed() == (None, "box")


def test_an_option_without_its_output_does_nothing(typed):
    assert typed("--clip-before", "5", "--mqtt-ca", "file", "--webhook", "")[0] == Outputs()


def test_the_help_tells_the_defaults():
    for option in OPTIONS:
        kind, key = option.setting.split(".")
        default = OTHERS[kind].model_fields[key].get_default()
        if isinstance(default, float):
            assert option.help.endswith(f"Default: {default:g}.")


@pytest.mark.parametrize(
    ("options", "toml", "told"),
    [
        (["--clips-keep", "soon"], 'keep = "soon"', "'soon': give a time such as 12h or 30d (units: s, min, h, d, w)"),
        (["--clips-most", "2"], 'most = "2"', "'2': give a size such as 500MB or 2GB (units: kB, MB, GB, TB)"),
        (["--clip-before", "-1"], "before = -1", "must be greater than or equal to 0"),
        (["--clip-after", "61"], "after = 61", "must be less than or equal to 60"),
        (["--clip-after", "nan"], "after = nan", "must be a number"),
        (["--clips-per-label", "0"], "per_label = 0", "must be greater than or equal to 1"),
    ],
)
def test_bounds_are_the_same(typed, written, options, toml, told):
    assert typed("--clips", "c", *options) == f"{options[0]}: {told}"
    key = toml.split()[0]
    assert written(f"[outputs.clips]\nfolder = 'c'\n{toml}\n") == f"[outputs.clips]: {key}: {told}"


def test_exactly_once_is_refused_with_what_to_use(written):
    assert written("[outputs.mqtt]\naddress = 'mqtt://a'\nqos = 2\n") == (
        "[outputs.mqtt]: qos: 2 is no longer supported; use 1, and recognise repeated messages by their id"
    )
    assert written("[outputs.mqtt]\naddress = 'mqtt://a'\nqos = 3\n").endswith("qos: must be less than or equal to 1")
    for qos in (0, 1):
        assert written(f"[outputs.mqtt]\naddress = 'mqtt://a'\nqos = {qos}\n").mqtt.qos == qos


def test_what_a_station_alone_can_set(written):
    outputs = written(
        '[outputs]\nspool_most = "0MB"\nclips = {folder = "c", reserve = "1kB"}\n'
        'mqtt = {address = "mqtt://a", qos = 0, discovery = ""}\nwebhook = {address = "http://a", batch = 3}\n'
        'exec = {command = "true", timeout = 0.5, at_once = 1}\n'
    )
    assert (outputs.spool_most, outputs.clips.reserve, outputs.mqtt.qos, outputs.mqtt.discovery) == (0, 1000, 0, "")
    assert (outputs.webhook.batch, outputs.exec.timeout, outputs.exec.at_once) == (3, 0.5, 1)


def problem(make):
    with pytest.raises(ValidationError) as raised:
        make()
    return explain(raised.value.errors()[0])


def test_times_and_sizes():
    for text, seconds in {"90s": 90, "15min": 900, "1.5h": 5400, "30d": 2_592_000, " 2 W ": 1_209_600}.items():
        assert Clips(folder="c", keep=text).keep == seconds
    for text, size in {"500MB": 500_000_000, "2GB": 2 * 10**9, "1.5 tb": 15 * 10**11}.items():
        assert Clips(folder="c", most=text).most == size


@pytest.mark.parametrize(
    ("key", "unit", "others", "told"),
    [
        ("keep", "d", ["30m", "nan d"], "give a time such as 12h or 30d"),
        ("most", "MB", ["5 MB or so"], "give a size such as 500MB or 2GB"),
    ],
)
def test_what_is_no_time_or_size_is_refused_with_an_example(key, unit, others, told):
    for value in ["", "30", unit, f"-1{unit}", f"1e3{unit}", f"٣{unit}", "3 parsecs", 30, 1.5, [], *others]:
        assert told in problem(lambda value=value: Clips(**{"folder": "c", key: value}))


@given(st.integers(1000, 10**15))
def test_sizes_are_read_as_they_are_shown(size):
    shown = decimal(size)
    assume("," not in shown)  # 1,000.0 kB, for which 1.0 MB may be written
    assert Clips(folder="c", most=shown).most == pytest.approx(size, rel=0.051)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"clips": {"folder": "file/clips"}}, "--clips: cannot write clips into file/clips: "),
        ({"exec": {"command": "no-such-program"}}, "--exec: program 'no-such-program' not found"),
        ({"webhook": {"address": "x"}}, "--webhook: a webhook's address starts with http:// or https://"),
        ({"mqtt": {"address": "x"}}, "--mqtt: a broker's address looks like mqtt://user@host:1883/topic"),
    ],
)
def test_what_cannot_be_used_is_found_before_anything_is_made(tmp_path, monkeypatch, settings, told):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(OutputError) as raised:
        openers(Outputs(**settings), "forest")
    assert str(raised.value).startswith(told)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_folder_of_clips_is_made_when_it_is_opened(tmp_path):
    (opener,) = openers(Outputs(clips={"folder": str(tmp_path / "new" / "clips")}), "forest")
    assert list(tmp_path.iterdir()) == []
    assert opener(True, print).close()
    assert (tmp_path / "new" / "clips").is_dir()


def test_a_file_counts_more_than_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("WHIPBIRD_TEST_SECRET", "from the environment")
    (tmp_path / "secret").write_text("from a file\n")
    assert read_secret(tmp_path / "secret", "WHIPBIRD_TEST_SECRET") == "from a file"
    assert read_secret(None, "WHIPBIRD_TEST_SECRET") == "from the environment"
    monkeypatch.delenv("WHIPBIRD_TEST_SECRET")
    assert read_secret(None, "WHIPBIRD_TEST_SECRET") is None


def test_a_secret_that_no_person_would_have_is_refused(tmp_path):
    for content, why in ((b"a" * 100_000, "over 64 KiB"), (b"a\0b\n", "the first line has control characters")):
        (tmp_path / "secret").write_bytes(content)
        with pytest.raises(OutputError, match=why):
            read_secret(tmp_path / "secret", "WHIPBIRD_TEST_SECRET")


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe"])
def test_a_file_without_a_secret_is_refused(tmp_path, content):
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(OutputError, match=r"secret: (No such file|the first line is empty|is not text)"):
        read_secret(path, "WHIPBIRD_TEST_SECRET")
