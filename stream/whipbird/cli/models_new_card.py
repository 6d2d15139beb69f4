"""``whipbird models new-card``: make a bundle of any TFLite or ONNX file that takes samples or features."""

from __future__ import annotations

import json
import math
import shlex
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from whipbird.cli.models_add import uninterrupted
from whipbird.cli.options import Json
from whipbird.cli.questions import ask, can_ask
from whipbird.errors import DataError, OutputError, WhipbirdError

if TYPE_CHECKING:
    from whipbird.importers.tensors import TensorFile

__all__ = ["EPILOG", "new_card"]

EPILOG = (
    "Examples:\n\nwhipbird models new-card frogs.tflite\n\n"
    "whipbird models new-card frogs.tflite --rate 32000 --labels frogs.txt --activation sigmoid --licence 'CC BY 4.0'"
    "\n\n"
    "whipbird models new-card silero_vad.onnx --rate 16000 --labels voice.txt --licence MIT --window 576 --hop 0.032 "
    "--state state=stateN --constant sr=16000"
)
RATES_HZ = (1000, 384_000)

T = TypeVar("T")


class Activation(StrEnum):
    """What turns outputs into scores."""

    NONE = "none"
    SIGMOID = "sigmoid"
    SOFTMAX = "softmax"


def new_card(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="TFLite or ONNX file of a network that takes windows of sound.")
    ],
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Name here. Default: that of the file.")] = None,
    rate: Annotated[
        int | None,
        typer.Option(metavar="HZ", min=RATES_HZ[0], max=RATES_HZ[1], help="Sample rate of its windows."),
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File of labels, one a line, in the order of its scores.")
    ] = None,
    activation: Annotated[
        Activation | None,
        typer.Option(
            metavar="KIND",
            help="What turns its outputs into scores: none, sigmoid, or softmax if one of the labels is right. "
            "Default: none, if the outputs are between 0 and 1.",
        ),
    ] = None,
    licence: Annotated[str | None, typer.Option(metavar="LICENCE", help="Licence of the network.")] = None,
    description: Annotated[str | None, typer.Option(metavar="SENTENCE", help="What it hears, in a sentence.")] = None,
    version: Annotated[str, typer.Option("--model-version", metavar="VERSION", help="Version of the network.")] = "1",
    hop: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", min=0.001, max=60, help="From one window to the next. Default: half a window."),
    ] = None,
    threshold: Annotated[
        float, typer.Option(metavar="SCORE", min=0.001, max=0.999, help="Score at which an event starts.")
    ] = 0.5,
    frontend: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Front end, as JSON, if the network takes features. Default: it takes samples."
        ),
    ] = None,
    report: Annotated[
        list[str], typer.Option(metavar="LABEL", help="Label to report; repeat for several. Default: all.")
    ] = [],  # noqa: B006
    window: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, max=10_000_000, help="Numbers in one of its windows, if the file leaves that open."
        ),
    ] = None,
    state: Annotated[
        list[str],
        typer.Option(metavar="INPUT=OUTPUT", help="Input that takes an output of the call before; repeat for several."),
    ] = [],  # noqa: B006
    constant: Annotated[
        list[str],
        typer.Option(metavar="INPUT=NUMBER", help="Input that always has this value; repeat for several."),
    ] = [],  # noqa: B006
    input_: Annotated[str | None, typer.Option("--input", metavar="NAME", help="Input that takes the windows.")] = None,
    output: Annotated[str | None, typer.Option(metavar="NAME", help="Output with the scores.")] = None,
    embedding: Annotated[
        str | None, typer.Option(metavar="NAME", help="Tensor that describes a window, if there is one.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FOLDER", help="New folder. Default: among your models.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the model of this name.")] = False,
    json_: Json = False,
) -> None:
    """Write a card for a TFLite or ONNX file, and put both among your models.

    Looks at its tensors, and asks what they do not say; options answer in advance.
    """
    from whipbird.importers.add import add_bundle, check_name, check_replaceable, user_target
    from whipbird.importers.bundle_files import cannot_write, model_name
    from whipbird.importers.feature_matrices import MatrixChoice, make_matrices, read_frontend
    from whipbird.importers.file_set import read_file
    from whipbird.importers.labels import parse_labels
    from whipbird.importers.micro_wake_word import description_of
    from whipbird.importers.new_card import Answers, choose_input, choose_output, described
    from whipbird.importers.tensors import TensorFile
    from whipbird.importers.workplace import workplace
    from whipbird.models.frontends.raw import RawSettings

    with uninterrupted("nothing was written"):
        content = read_file(model)
        if (described_by := description_of(model)) is not None:
            raise WhipbirdError(
                f"{model}: a model of microWakeWord, which {described_by} describes; use: whipbird models add --from "
                f"{shlex.quote(str(described_by))}"
            )
        settings, matrix_choice = read_frontend(frontend) if frontend else (RawSettings(), MatrixChoice())
        states, constants = _pairs("--state", state, str), _pairs("--constant", constant, float)
        file = TensorFile(content, model, window, constants, states)
        if can_ask():
            _print_tensors(file)
        taken = choose_input(file, model, input_, features=frontend is not None)
        missing = [
            option
            for option, value in {"--rate": rate, "--labels": labels, "--licence": licence}.items()
            if value is None
        ]
        if missing and not can_ask():
            raise WhipbirdError(f"give {', '.join(missing)}: without a terminal, nobody can be asked")
        rate_hz = rate or _asked("Sample rate of its windows, in Hz", _rate)
        labels_file = labels or _asked("File of its labels, one a line", _labels_file)
        read = parse_labels(read_file(labels_file), str(labels_file))
        scores = choose_output(file, model, len(read), output)
        kind = activation or _activation(file, file.outputs.index(scores), model)
        chosen = name or (ask("Name", model_name(model.stem)) if can_ask() else model_name(model.stem))
        check_name(chosen)
        answers = Answers(
            name=chosen,
            description=description or f"{len(read):,} sound{'' if len(read) == 1 else 's'}.",
            version=version,
            licence=licence or ask("Licence of the network"),
            rate_hz=rate_hz,
            hop_s=hop,
            labels=read,
            activation=str(kind),
            on=threshold,
            embedding=embedding,
            reported=report,
            frontend=settings,
            matrices=make_matrices(settings, matrix_choice, rate_hz),
            states=states,
            constants=constants,
        )
        target = out.absolute() if out else user_target(chosen)
        check_replaceable(target)
        if target.exists() and not replace:
            raise OutputError(f"{target} exists already; add --replace to replace it, or choose another name")
        try:
            with workplace(target) as hidden:
                card = add_bundle(described(content, model, file, taken, scores, answers), hidden, target)
        except OSError as error:
            raise cannot_write(target, error) from error
    if json_:
        print(json.dumps({"name": card.name, "folder": str(target), "card": card.model_dump()}))
    else:
        print(f"wrote {target / 'card.json'}; limits, training and thresholds can be edited there")
        print(f"next: whipbird listen --model {out or chosen}")


def _print_tensors(file: TensorFile) -> None:
    for kind, tensors in (("input", file.inputs), ("output", file.outputs)):
        for tensor in tensors:
            print(f"{kind}: {tensor}", file=sys.stderr)


def _activation(file: TensorFile, number: int, path: Path) -> Activation:
    """The activation that outputs need, asked for if they are no scores."""
    from whipbird.errors import BundleError

    found = file.activation(number)
    if found is not None:
        return Activation.NONE
    if not can_ask():
        raise BundleError(f"{path}: its outputs are not between 0 and 1; give --activation sigmoid or softmax")
    return _asked("Its outputs are not between 0 and 1. Activation: sigmoid or softmax", Activation)


def _pairs(option: str, words: list[str], parse: Callable[[str], T]) -> dict[str, T]:
    """Names and values of words such as ``NAME=VALUE``."""
    pairs = {}
    for word in words:
        name, _, value = word.partition("=")
        try:
            pairs[name] = parse(value)
        except ValueError:
            value = ""
        if not name or not value:
            raise typer.BadParameter(f"{option} {word}: give a name and what it has, such as NAME=VALUE")
    return pairs


def _asked(question: str, parse: Callable[[str], T]) -> T:
    """Ask until an answer is right."""
    while True:
        try:
            return parse(ask(question))
        except (ValueError, DataError) as error:
            print(error, file=sys.stderr)


def _rate(text: str) -> int:
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not (RATES_HZ[0] <= rate <= RATES_HZ[1] and rate == int(rate)):
        raise ValueError(f"give a whole number from {RATES_HZ[0]} to {RATES_HZ[1]}")
    return int(rate)


def _labels_file(text: str) -> Path:
    path = Path(text).expanduser()
    if not path.is_file():
        raise ValueError(f"{path}: there is no such file")
    return path
