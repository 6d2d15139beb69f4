"""Boundaries of pieces, where each label of a model has its own."""

import numpy as np
import soundfile

from many_labels import RATE_HZ, heard_labels, made_tones
from whipbird.models.model import Model
from whipbird.scan.shards import PieceSpan
from whipbird.scan.workers.boundaries import cut_grid_s
from whipbird.scan.workers.process_recording import process_recording


def test_pieces_have_each_event_of_thousands_of_labels_once(many, tmp_path):
    model = Model(str(many))
    grid_s = cut_grid_s([model])
    path = tmp_path / "long.flac"
    rounds = -(-2 * grid_s // 24) + 1
    soundfile.write(path, np.roll(np.tile(made_tones(), rounds), RATE_HZ // 3), RATE_HZ)
    whole = process_recording(str(path), [model]).detections
    spans = [PieceSpan(0, grid_s), PieceSpan(grid_s, 2 * grid_s), PieceSpan(2 * grid_s, None)]
    pieces = [process_recording(str(path), [model], span=span).detections for span in spans]
    assert {event.label for event in whole} == set(heard_labels())
    assert all(pieces)
    assert sorted((event for piece in pieces for event in piece), key=lambda event: event.reported_s) == whole


def test_a_model_that_remembers_is_never_cut(many):
    model = Model(str(many))
    model.card = model.card.model_copy(update={"kind": "stateful"})
    assert cut_grid_s([Model(str(many)), model]) is None
