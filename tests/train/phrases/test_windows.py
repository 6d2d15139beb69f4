"""Windows: cut within one scene, and only where it is known what is to be heard."""

import numpy as np

from whipbird_train.phrases.windows import WindowBatches, Windows
from whipbird_train.streams.scene_features import NOT_LEARNED, SceneFeatures


def scene(start, labels):
    features = (start + np.arange(len(labels)))[:, None] * np.ones(3)
    return SceneFeatures(features.astype(np.float16), np.array(labels, np.int8))


def test_windows_end_where_labels_are_known_and_hold_one_scene():
    made = Windows([scene(0, [0, 0, 1, NOT_LEARNED, 2]), scene(100, [1, 0])], 2)
    assert made.labels.tolist() == [0, 1, 2, 0]
    assert made.of(np.arange(4))[:, :, 0].tolist() == [[0, 1], [1, 2], [3, 4], [100, 101]]


def test_a_scene_shorter_than_a_window_has_none():
    assert len(Windows([scene(0, [0, 1]), scene(9, [1, 1, 0])], 3)) == 1


def test_batches_hold_all_windows_of_an_epoch_in_another_order_each_time():
    made = Windows([scene(0, [0] * 9)], 2)
    batches = WindowBatches(made, np.arange(8), 2, 4, 1)
    epochs = []
    for _ in range(2):
        epochs.append([float(window[1, 0]) for number in range(len(batches)) for window in batches[number][0]])
        batches.on_epoch_end()
    assert sorted(epochs[0]) == sorted(epochs[1]) == list(range(1, 9))
    assert epochs[0] != epochs[1]
