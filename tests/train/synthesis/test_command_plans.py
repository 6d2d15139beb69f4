"""Plans of what Kokoro says: voices to train with say nothing that tests."""

import numpy as np
import pytest

from whipbird.errors import DataError
from whipbird_train.datasets.kokoro_voices import VOICES, split_voices
from whipbird_train.datasets.speech_commands import WORDS
from whipbird_train.synthesis.command_plans import read_plans


@pytest.fixture
def data(tmp_path):
    """Two readers, one of each split, and some voices."""
    folder = tmp_path / "read-speech" / "books"
    folder.mkdir(parents=True)
    (folder / "splits.csv").write_text("reader,sex,split\n1,F,train\n2,M,validation\n")
    for reader, word in ((1, "MILL"), (2, "RIVER")):
        lines = [f"{reader}-7-{number:04} HE WOULD LIVE BY THE {word} AND GO THERE\n" for number in range(9)]
        (folder / f"{reader}-7.trans.txt").write_text("".join(lines))
    path = tmp_path / VOICES
    path.parent.mkdir()
    np.savez(path, **{f"voice_{number}": np.zeros((2, 2), np.float16) for number in range(20)})
    return tmp_path


def test_plans_to_test_with_have_other_voices_and_other_sentences(data):
    plans = read_plans(data)
    train, test = split_voices(f"voice_{number}" for number in range(20))
    for name, plan in plans.items():
        assert {voice for said in plan for voice, _ in said.voices} <= set(test if name == "judging" else train)
    assert len(plans["words"]) == 220 * len(WORDS)
    assert "mill" in " ".join(said.text for said in plans["sentences"])
    assert "river" in " ".join(said.text for said in plans["judging"])
    assert not any("river" in said.text for said in plans["sentences"])


def test_the_same_data_give_the_same_plans(data):
    assert read_plans(data) == read_plans(data)


def test_without_voices_the_error_says_how_to_get_them(tmp_path):
    with pytest.raises(DataError, match=r"voices\.npz: .*whipbird train download kokoro-voices"):
        read_plans(tmp_path)
