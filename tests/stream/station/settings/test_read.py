"""Settings files: which are valid, and one clear line for each error."""

from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whipbird.events.thresholds import Thresholds
from whipbird.models.names import LabelNames
from whipbird.station.settings.read import SettingsError, read_settings
from whipbird.station.settings.schema import StationFile

EXAMPLE = (resources.files("whipbird.station") / "example.toml").read_text(encoding="utf-8")
SOURCE = '[[source]]\nname = "north"\nfeed = "rtsp://camera/stream"\nmodels = "commands"\n'


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("station") / "station.toml"


def parse(path, text):
    path.write_text(text, encoding="utf-8")
    return read_settings(path)


def error(path, text):
    with pytest.raises(SettingsError) as raised:
        parse(path, text)
    return str(raised.value).removeprefix(str(path))


def test_the_example_is_valid_with_and_without_its_comments(path):
    parsed = parse(path, EXAMPLE)
    assert [source.kind for source in parsed.source] == ["microphone", "feed", "folder"]
    shown = [
        line.removeprefix("# ") if line.startswith("# ") and _is_toml(line[2:]) else line
        for line in EXAMPLE.split("\n")
    ]
    whole = parse(path, "\n".join(shown).replace("models.birdnet", "models.commands"))
    assert whole.source[0].of_model("commands").labels == ["Strix aluco", "Bubo bubo"]
    for table in (
        whole.station,
        whole.outputs,
        whole.page,
        *(getattr(whole.outputs, n) for n in ("clips", "record", "mqtt", "webhook", "exec")),
    ):
        assert table is not None
    assert whole.outputs.clips.keep == 30 * 86_400
    assert whole.source[2].settle == 5


def _is_toml(line):
    head = line.split("=")[0].strip()
    return line.startswith(("[outputs", "[models", "[[alert", "[[digest", "[page")) or (
        "=" in line and head.replace("_", "").isalnum()
    )


@pytest.fixture
def names(commands):
    return LabelNames(commands.folder, commands.card)


def test_thresholds_are_of_all_labels_or_by_label(path, names):
    for text, thresholds in (
        ("", Thresholds()),
        ("threshold = 0.8", Thresholds(0.8)),
        ("threshold = { yes = 0.8, No = 0.7 }", Thresholds(labels=(("no", 0.7), ("yes", 0.8)))),
    ):
        assert parse(path, SOURCE + text).source[0].thresholds("commands", names) == thresholds


def test_all_errors_are_in_one_line(path):
    text = "[station]\nname = 3\n" + SOURCE.replace("name", "nmae") + "channel = 0\n"
    assert error(path, text) == (
        ', [station]: name: must be text in quotes; source 1: channel: must be a number from 1, or "mix"; '
        "source 1: unknown key 'nmae', did you mean 'name'?"
    )


def test_paths_are_relative_to_the_folder_of_the_file(tmp_path):
    path = tmp_path / "station.toml"
    path.write_text(
        SOURCE + '[[source]]\nname = "card"\nfolder = "in"\nmodels = ["commands"]\n[outputs]\nclips = "c"\n'
    )
    parsed = read_settings(path)
    assert parsed.source[1].folder == str(tmp_path / "in")
    assert parsed.outputs.clips.folder == str(tmp_path / "c")
    assert parsed.source[0].models == ["commands"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", ": Invalid value (at end of document)"),
        (SOURCE + 'modle = "x"', ", source 'north': unknown key 'modle', did you mean 'models'?"),
        (SOURCE.replace("models", "modle"), ", source 'north': unknown key 'modle', did you mean 'models'?"),
        (
            SOURCE + "[outputs.mqtt]\nadress = 'x'",
            ", [outputs.mqtt]: unknown key 'adress', did you mean 'address'?",
        ),
        (SOURCE.replace('"commands"', "3"), ", source 'north': models: must be a list"),
        (SOURCE.replace("models", "# "), ", source 'north': 'models' is missing"),
        (SOURCE + 'microphone = "usb"', ", source 'north': feed: either microphone or feed, not both"),
        (SOURCE.replace("feed", "# "), ", source 'north': give one of microphone, feed, folder"),
        (SOURCE + "rate = 8000", ", source 'north': rate: only valid for a microphone"),
        (
            SOURCE + 'hours = "22:00"',
            """, source 'north': hours: '22:00' must be two times, such as "22:00-04:00" or "sunset-30m..sunrise""",
        ),
        (SOURCE + "hours = [22]", """, source 'north': hours: must be text, such as "22:00-04:00\""""),
        (
            SOURCE + 'hours = ["05:00-09:00", "sunset..23:00"]',
            ", source 'north': hours: sunrise and sunset need latitude and longitude in [station]",
        ),
        (
            SOURCE.replace('feed = "rtsp://camera/stream"', 'folder = "card"') + 'hours = "22:00-04:00"',
            ", source 'north': hours: only valid for a microphone or a feed; all of a recording is processed",
        ),
        (SOURCE + "channel = 0", ", source 'north': channel: must be a number from 1, or \"mix\""),
        (SOURCE + SOURCE, ", source 'north': name: another source is also named 'north'"),
        (SOURCE.replace("[[source]]", "[source]"), ": write a source in double brackets, [[source]]"),
        ("[station]\nname = 'x'", ": there is no [[source]]; at least one is needed"),
        ("station.time_zone = 'Mars'\n" + SOURCE, ", [station]: time_zone: unknown time zone 'Mars'"),
        (
            SOURCE + "[outputs]\nfiles = 'a.raven.txt'",
            ", [outputs]: files: 'BASE/a.raven.txt': this format is only for",
        ),
        (SOURCE + "[outputs]\nclips = {folder = 'c', keep = '3y'}", ", [outputs.clips]: keep: '3y': give a time"),
        (SOURCE + "[outpots]", ": unknown key 'outpots', did you mean 'outputs'?"),
        (SOURCE.replace("rtsp://", "cam/"), ", source 'north': feed: must be an address"),
    ],
)
def test_errors_name_table_and_key(path, text, message):
    assert error(path, text).startswith(message.replace("BASE", str(path.parent)))


def test_secrets_are_not_repeated(path):
    assert "hunter2" not in error(path, SOURCE.replace("rtsp://camera", "rtps://user:hunter2@camera"))


def test_a_file_that_is_missing_or_not_text(tmp_path):
    path = tmp_path / "station.toml"
    with pytest.raises(SettingsError, match="No such file"):
        read_settings(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="not UTF-8 text"):
        read_settings(path)


MARKS = ["", "=", "[", "]", '"', "'", "\n", "{", "}", ".", "#", "\0", "é", '"""']
VALUES = ["3", "true", "-1", "nan", "inf", "1979-05-27", '"mix"', '[""]', "9" * 5000, "[" * 2000]
LINES = ["[[source]]\n", "x = 1\n", "[outputs]\n", "[station]\n", "folder = 'x'\n"]
PIECES = st.sampled_from(MARKS + VALUES + LINES)


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_any_change_gives_settings_or_one_clear_line(path, data):
    text = data.draw(st.sampled_from([EXAMPLE, EXAMPLE.replace("\n# ", "\n"), SOURCE]))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 20)))
        text = text[:start] + data.draw(st.one_of(PIECES, st.text(max_size=3))) + text[end:]
    _has_one_line(path, text)


@settings(deadline=None, max_examples=200)
@given(
    st.dictionaries(
        st.sampled_from(["name", "feed", "folder", "models", "labels", "channel", "rate", "x\n"]),
        st.one_of(st.none(), st.integers(), st.floats(), st.text(), st.lists(st.text())),
        max_size=8,
    )
)
def test_any_values_give_settings_or_one_clear_line(path, fields):
    text = "[[source]]\n" + "".join(f"{_toml(key)} = {_toml(value)}\n" for key, value in fields.items())
    _has_one_line(path, text)


def _toml(value):
    if value is None:
        return "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(c):08x}" if not 0xD800 <= ord(c) < 0xE000 else "?" for c in value) + '"'
    return str(value)


def _has_one_line(path, text):
    try:
        assert isinstance(parse(path, text), StationFile)
    except SettingsError as error:
        message = str(error)
        assert message.startswith(str(path))
        assert message.isprintable()
        assert len(message) < 2000


def test_a_model_has_settings_for_all_sources(path, names):
    table = (
        "[models.commands]\nsensitivity = 0.75\nhop_s = 3\nthreshold = 0.5\n[models.commands.thresholds]\nyes = 0.6\n"
    )
    (source,) = parse(path, SOURCE + table).source
    assert (source.of_model("commands").sensitivity, source.of_model("commands").hop_s) == (0.75, 3)
    assert source.thresholds("commands", names) == Thresholds(0.5, (("yes", 0.6),))
    for own, expected in (
        ("threshold = 0.8", Thresholds(0.8, (("yes", 0.6),))),
        ("threshold = { yes = 0.8, no = 0.7 }", Thresholds(0.5, (("no", 0.7), ("yes", 0.8)))),
    ):
        assert parse(path, f"{SOURCE}{own}\n{table}").source[0].thresholds("commands", names) == expected
    assert parse(path, SOURCE).source[0] != source  # so that it starts again with other settings


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("[models.birds]", ", [models.birds]: no source uses this model; use one of commands"),
        ("[models.commands]\nhop = 1", ", [models.commands]: unknown key 'hop', did you mean 'hop_s'?"),
        (
            "[models.commands]\nsensitivity = 2",
            ", [models.commands]: sensitivity: must be less than or equal to 1.5",
        ),
        ("[models.commands]\nthreshold = 1", ", [models.commands]: threshold: must be a score between 0 and 1"),
        (
            "[models.commands.thresholds]\nyes = 2",
            ", [models.commands]: yes: must be a score between 0 and 1",
        ),
    ],
)
def test_wrong_settings_of_a_model_are_named(path, table, message):
    assert error(path, f"{SOURCE}{table}\n").startswith(message)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('listen = "nowhere"', "listen: 'nowhere': give an address and a port, such as 127.0.0.1:8080"),
        ('listen = "127.0.0.1:99999"', "listen: '127.0.0.1:99999': give an address and a port"),
        ('listen = "::1:80"', "listen: '::1:80': write an IPv6 address in brackets"),
        ('open = "yes"', "open: must be true or false"),
        ('hosts = "https://birds.example"', "hosts: 'https://birds.example' is not the name of a computer"),
        ('prefix = "birds"', "prefix: 'birds' is not the start of a path"),
        ('prefix = "/../x"', "prefix: '/../x' is not the start of a path"),
        ('certificate = "page.pem"', "[page]: HTTPS needs both certificate and key"),
        ("port = 80", "[page]: unknown key 'port'"),
    ],
)
def test_wrong_settings_of_the_page_are_one_line(path, text, wrong):
    found = error(path, f'{SOURCE}[outputs]\nfiles = "heard.sqlite"\n[page]\n{text}\n')
    assert wrong in found
    assert "\n" not in found


def test_a_page_needs_a_database(path):
    assert "[page]: the page shows what is in a database" in error(path, f"{SOURCE}[page]\n")
    parsed = parse(path, f'{SOURCE}[outputs]\nfiles = ["heard.csv", "heard.sqlite"]\n[page]\n')
    assert parsed.outputs.database == str(path.parent / "heard.sqlite")
    assert parsed.page.address.shown == "127.0.0.1:8080"
