"""``whipbird search``: an example is found again in a scan that kept embeddings."""

import json

import numpy as np
import pytest
import soundfile

from command_line import as_objects, check_refused, whipbird_here
from made_archive import words
from made_embeddings import vectors, write
from terminals import whipbird_in_terminal
from whipbird.database.verdicts import read_verdicts
from whipbird.review.examples import examples
from whole_windows import whole_bundle


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("search")
    whole_bundle(folder / "whole")
    (folder / "in").mkdir()
    for day in (1, 2):
        soundfile.write(folder / "in" / f"2024050{day}_053000.wav", words(20, 16_000, day), 16_000)
    done = whipbird_here(
        *("scan", folder / "in", "--model", folder / "whole", "--processes", "1", "--time-zone", "UTC"),
        *("--out", folder / "scan", "--embeddings", folder / "vectors"),
    )
    assert done.returncode == 0, done.stderr
    return folder


def searched(folder, *arguments):
    words_ = ("search", folder / "in" / "20240502_053000.wav", *arguments, "--model", folder / "whole")
    return whipbird_here(*words_)


def test_the_example_is_most_similar_to_itself(folder):
    done = searched(folder, folder / "scan", "--from", "3", "--to", "3.5", "--top", "3", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    first, *others = as_objects(done.stdout)
    assert first["recording"] == str(folder / "in" / "20240502_053000.wav")
    assert first["start_s"] < 3.5
    assert first["end_s"] > 3
    assert 1 < others[0]["similarity"] <= first["similarity"]
    assert first["time"].startswith("2024-05-02T05:30:0")
    assert len(others) == 2


def test_a_folder_of_embeddings_is_searched_as_well(folder):
    options = ("--from", "3", "--to", "3.5", "--top", "3", "--json")
    of_scan, of_folder = (
        [one | {"time": None} for one in as_objects(searched(folder, folder / name, *options).stdout)]
        for name in ("scan", "vectors")
    )
    assert of_scan == of_folder


def test_moments_are_shown_in_a_table(folder):
    done = searched(folder, folder / "scan", "--from", "3", "--to", "3.5", "--top", "2")
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["similarity", "from", "to", "time", "recording"]
    assert [line.split()[0] for line in lines[1:] if "0:00:" in line] == ["1", "2"]


def test_moments_are_judged_in_a_terminal_and_teach(folder):
    recording = folder / "in" / "20240502_053000.wav"
    _, out, screen = whipbird_in_terminal(
        *("search", recording, folder / "scan", "--from", "3", "--to", "3.5", "--model", folder / "whole"),
        *("--top", "3", "--review", "--label", "owl", "--silent", "--judge", "ada"),
        answers=("ynq",),
    )
    path = folder / "scan" / "verdicts.sqlite"
    assert f"{path}: 2 verdicts, 1 of them owl" in out
    assert f"next: whipbird train calls CLIPS --name owl --from-search {folder / 'scan'}\n" in screen
    assert [(one.label, one.answer, one.drawn, one.model) for one in read_verdicts(path)] == [
        ("owl", "yes", False, "whole"),
        ("owl", "no", False, "whole"),
    ]
    found = examples(folder / "scan")
    assert sorted(one.is_label for one in found) == [False, True]
    assert all(one.label == "owl" for one in found)


def test_a_long_example_is_pointed_out(folder):
    done = searched(folder, folder / "scan", "--json")
    assert "windows are compared; choose one call with --from and --to" in done.stderr


def test_another_network_of_that_name_is_refused(folder, tmp_path):
    write(tmp_path / "vectors" / "a.parquet", vectors(5), model="whole", sha256="f" * 64)
    done = searched(folder, tmp_path / "vectors")
    check_refused(done, 1, "embeddings of another whole (hash ffffffff, here ")


@pytest.mark.parametrize(
    ("words_", "code", "message"),
    [
        (("nowhere.wav", "scan"), 1, "nowhere.wav: No such file or directory"),
        (("{example}", "nowhere"), 1, "nowhere: no such folder"),
        (("{example}", "in"), 1, "in: no embeddings; write them with: whipbird scan"),
        (("{example}", "scan", "--from", "99"), 1, "holds no sound at 99.0 s"),
        (("{example}", "scan", "--from", "3", "--to", "2"), 2, "must be later than --from"),
        (("{example}", "scan", "--channel", "3"), 1, "has 1 channels, not 3"),
        (("{example}", "scan", "--review"), 2, "say with --label what the example is"),
    ],
)
def test_what_cannot_be_done_is_said(folder, words_, code, message):
    example = folder / "in" / "20240502_053000.wav"
    words_ = [word.format(example=example) for word in words_]
    done = whipbird_here("search", *words_, "--model", folder / "whole", cwd=folder)
    check_refused(done, code, message)


def test_a_scan_without_embeddings_is_refused(folder, tmp_path):
    about = json.loads((folder / "scan" / "scan.json").read_text()) | {"embeddings": None}
    (tmp_path / "scan").mkdir()
    (tmp_path / "scan" / "scan.json").write_text(json.dumps(about))
    check_refused(searched(folder, tmp_path / "scan"), 1, "scan: this scan kept no embeddings")


def test_a_short_example_is_embedded_where_it_is_in_a_window(folder):
    """A call that the windows of the archive hold at other places is as similar."""
    from whipbird.api.model import load_model
    from whipbird.search.example import example_vectors

    model = load_model(folder / "whole")
    recording = str(folder / "in" / "20240502_053000.wav")
    assert example_vectors(recording, 3.0, 3.5, model).shape[0] == 3
    middle = model.embed(soundfile.read(recording, dtype="float32")[0][44_000:60_000], 16_000).vectors[0]
    assert np.allclose(example_vectors(recording, 3.0, 3.5, model)[1], middle, rtol=1e-3, atol=1e-3)
