import json
import re

import pytest
from pydantic import ValidationError

from whipbird.events.settings import DebounceSettings
from whipbird.events.thresholds import Thresholds
from whipbird.models.card import Card


def fields(**changes):
    """Fields of a small valid card, with changes."""
    return {
        "name": "birds",
        "version": "1.0.0",
        "description": "Two birds.",
        "labels": ["background", "whipbird"],
        "sample_rate_hz": 16_000,
        "window": 97,
        "hop_s": 0.05,
        "reference_s": 0.5,
        "report": "end",
        "frontend": {
            "kind": "log_mel",
            "frame": 480,
            "step": 160,
            "fft": 512,
            "bands": 40,
            "low_hz": 20,
            "high_hz": 8e3,
        },
        "debounce": {"whipbird": {"on": 0.7, "off": 0.5}},
        "training": [{"name": "Calls", "source": "xeno-canto", "licence": "CC BY-NC-SA 4.0", "recordings": 12}],
        "licence": "MIT",
        "limits": "Two birds alone.",
        "results": {"recall": 0.9},
        "sha256": {},
    } | changes


def refusal(**changes):
    """Message of the error about an invalid card."""
    with pytest.raises(ValidationError) as caught:
        Card.model_validate_json(json.dumps(fields(**changes)))
    return str(caught.value)


def test_a_card_is_read_from_json():
    card = Card.model_validate_json(json.dumps(fields()))
    assert card.name == "birds"
    assert card.frontend.kind == "log_mel"
    assert card.debounce["whipbird"].on == 0.7


def test_a_card_survives_being_written_and_read():
    card = Card.model_validate(fields())
    assert Card.model_validate_json(card.model_dump_json()) == card


def test_the_hop_is_known_in_samples():
    assert Card.model_validate(fields()).hop == 800
    assert Card.model_validate(fields(sample_rate_hz=44_100, hop_s=4_800 / 44_100)).hop == 4_800


def test_the_hop_is_known_in_frames():
    assert Card.model_validate(fields()).hop_frames == 5
    assert Card.model_validate(fields(frontend={"kind": "raw"})).hop_frames == 800


def test_debounce_settings_have_defaults():
    assert DebounceSettings() == DebounceSettings(
        smooth_s=0.1, on=0.6, off=0.4, release_s=0.1, min_s=0, refractory_s=0.2
    )


def test_a_card_does_not_change_after_loading():
    with pytest.raises(ValidationError, match="frozen"):
        Card.model_validate(fields()).name = "other"


@pytest.mark.parametrize(
    "frontend",
    [
        {"kind": "raw"},
        {"kind": "stft", "frame": 480, "step": 160, "fft": 512},
        {
            "kind": "mfcc",
            "frame": 480,
            "step": 160,
            "fft": 512,
            "bands": 40,
            "low_hz": 20,
            "high_hz": 4e3,
            "coefficients": 13,
        },
    ],
    ids=lambda frontend: frontend["kind"],
)
def test_every_kind_of_front_end_has_settings_of_its_own(frontend):
    assert Card.model_validate(fields(frontend=frontend)).frontend.kind == frontend["kind"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lables": []}, "lables"),
        ({"format": 2}, "Input should be 1"),
        ({"name": "../birds"}, "String should match pattern"),
        ({"labels": []}, "at least 1 item"),
        ({"labels": ["whipbird", "whipbird"]}, "a label occurs twice"),
        ({"debounce": {"cuckoo": {}}}, "debounce settings for 'cuckoo', which is not among the labels"),
        ({"species": {"cuckoo": {"scientific": "C", "common": "c"}}}, "names of a species for 'cuckoo', which is not"),
        ({"debounce": {"whipbird": {"on": 0.5, "off": 0.5}}}, r"off \(0.5\) must be lower than on \(0.5\)"),
        ({"debounce": {"whipbird": {"on": 1.0}}}, "less than 1"),
        ({"debounce": {"whipbird": {"smooth_s": -0.1}}}, "greater than or equal to 0"),
        ({"debounce": {"whipbird": {"smooth": 0.1}}}, "Extra inputs are not permitted"),
        ({"operating_points": {"strict": {}}}, "operating point 'strict' must have the labels of debounce"),
        ({"operating_points": {"balanced": {"whipbird": {}}}}, "a name other than 'balanced'"),
        ({"hop_s": 0.00001}, "not a whole number of samples at 16000 Hz"),
        ({"hop_s": 0.0333}, "not a whole number of samples at 16000 Hz"),
        ({"hop_s": 0}, "greater than 0"),
        ({"hop_s": float("nan")}, "hop_s"),
        ({"sample_rate_hz": 44_100.5}, "sample_rate_hz"),
        ({"sample_rate_hz": 1}, "greater than or equal to 1000"),
        ({"window": 0}, "greater than or equal to 1"),
        ({"report": "middle"}, "'begin' or 'end'"),
        ({"kind": "lagging"}, "'windowed', 'streaming' or 'stateful'"),
        ({"hop_s": 0.055}, r"hop_s \(0.055\) is not a whole number of steps of 160 samples"),
        ({"frontend": {"kind": "wavelet"}}, "'wavelet'"),
        (
            {"frontend": {"kind": "stft", "frame": 600, "step": 160, "fft": 512}},
            r"frame \(600\) .* must not exceed fft",
        ),
        (
            {"frontend": {"kind": "window_stft", "samples": 9, "fft": 4, "hop": 2, "columns": 3}, "window": 10},
            "transforms whole windows of 9 samples",
        ),
        ({"kind": "stateful", "second": {"window": 9, "ask_from": 0.5, "weight": 0.5}}, "can have a second one"),
        ({"frontend": {"kind": "stft", "frame": 480, "step": 600, "fft": 512}}, r"step \(600\) must not exceed fft"),
    ],
    ids=str,
)
def test_a_wrong_card_is_refused_with_the_reason(changes, message):
    assert re.search(message, refusal(**changes))


def test_thresholds_replace_those_of_an_operating_point():
    points = {"strict": {"whipbird": {"on": 0.9, "off": 0.6, "min_s": 0.5}}}
    card = Card.model_validate(fields(operating_points=points))
    changed = card.at("strict", Thresholds(0.3)).debounce["whipbird"]
    assert (changed.on, changed.off, changed.min_s) == (0.3, pytest.approx(0.2), 0.5)


def test_an_operating_point_is_a_card_with_other_settings():
    points = {"strict": {"whipbird": {"on": 0.9, "off": 0.6}}}
    card = Card.model_validate(fields(operating_points=points))
    assert card.at("balanced") is card
    assert card.at("strict").debounce["whipbird"].on == 0.9
    assert card.at("strict").labels == card.labels
    with pytest.raises(ValueError, match="birds has no operating point 'wild'; use one of balanced, strict"):
        card.at("wild")


@pytest.mark.parametrize("name", sorted(set(fields()) - {"kind", "format"}))
def test_every_field_is_needed(name):
    rest = {key: value for key, value in fields().items() if key != name}
    with pytest.raises(ValidationError, match="Field required"):
        Card.model_validate(rest)


def test_settings_for_every_label_are_those_of_labels_without_their_own():
    every, own = {"on": 0.3, "off": 0.2}, {"on": 0.9, "off": 0.5}
    card = Card.model_validate(
        fields(debounce={"*": every, "whipbird": own}, operating_points={"strict": {"*": {"on": 0.8, "off": 0.5}}})
    )
    assert {label: settings.on for label, settings in card.debounce.items()} == {"whipbird": 0.9, "background": 0.3}
    assert card.at("strict").debounce["background"].on == 0.8
    assert card.reported == [0, 1]


def test_labels_that_are_no_species_are_labels():
    assert Card.model_validate(fields(not_species=["background"])).not_species == ["background"]
    assert "'dog' is no species, but not among the labels either" in refusal(not_species=["dog"])


def test_settings_that_most_of_many_labels_share_are_written_once():
    labels = [f"bird {number}" for number in range(200)]
    every, own = {"on": 0.3, "off": 0.2}, {"on": 0.9, "off": 0.5}
    card = Card.model_validate(
        fields(labels=labels, debounce={"*": every, "bird 7": own}, operating_points={"strict": {"*": own}})
    )
    written = json.loads(card.model_dump_json())
    assert list(written["debounce"]) == ["*", "bird 7"]
    assert list(written["operating_points"]["strict"]) == ["*"]
    assert Card.model_validate(written) == card
    fewer = card.model_copy(update={"debounce": {label: card.debounce[label] for label in labels[:150]}})
    assert list(fewer.model_dump()["debounce"]) == labels[:150]
