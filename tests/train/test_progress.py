"""Progress of a training."""

import sys

from whipbird_train.fitting.epoch_progress import EpochProgress
from whipbird_train.progress import bar, tracked


def train(title, epochs=2):
    logs = []
    with bar(title, epochs) as update:
        progress = EpochProgress(title, epochs, update)
        progress.set_params({"steps": 2})
        for epoch in range(epochs):
            progress.on_epoch_begin(epoch)
            for batch in range(2):
                progress.on_train_batch_end(batch, {"loss": 1.0})
            logs.append({"loss": 1.5, "accuracy": 0.25, "val_loss": 2.0, "val_accuracy": 0.5, "learning_rate": 0.1})
            progress.on_epoch_end(epoch, logs[-1])
    return logs


def test_each_epoch_has_a_line_on_standard_error(capsys):
    train("commands, validation")
    said = capsys.readouterr()
    assert not said.out
    first, second = said.err.splitlines()
    assert first.startswith("whipbird: commands, validation: epoch 1 of 2, 0.0 s")
    assert first.endswith("loss 1.500, accuracy 25.0%, unseen loss 2.000, unseen accuracy 50.0%")
    assert "epoch 2 of 2" in second


def test_the_history_gets_the_seconds(capsys):
    assert all(logs["seconds"] >= 0 for logs in train("commands"))


def test_a_terminal_gets_a_bar(capsys, terminal):
    train("commands")
    shown = capsys.readouterr()
    assert "commands" in shown.err
    assert "2/2" in shown.err
    assert not shown.out


def test_tracked_items_are_the_items_and_nothing_is_shown_but_on_a_terminal(capsys):
    assert list(tracked([3, 1, 2], "counting")) == [3, 1, 2]
    assert "".join(capsys.readouterr()) == ""


def test_what_is_said_meanwhile_is_one_line_above_the_bar(capsys, terminal):
    said = f"left out /recordings/{'long ' * 20}/1.wav: it is [silent], 3.5"
    for _ in tracked([1], "listening"):
        print(said, file=sys.stderr)
    shown = capsys.readouterr()
    assert f"{said}\n" in shown.err
    assert "listening" in shown.err
    assert not shown.out
