"""Where phrases are said in what people read."""

from whipbird.formats.annotation import Annotation
from whipbird_train.phrases.background import phrase_times


def words(text):
    return [Annotation(float(number), number + 0.5, word) for number, word in enumerate(text.split())]


def test_a_phrase_lasts_from_its_first_word_to_its_last():
    said = words("so hey computer she said hey you computer")
    assert phrase_times(said, ["Hey, computer"]) == [Annotation(1.0, 2.5, "Hey, computer")]
    assert [one.begin_s for one in phrase_times(said, ["computer"])] == [2.0, 7.0]
    assert phrase_times(said, ["alexa"]) == phrase_times([], ["computer"]) == []
