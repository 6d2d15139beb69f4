"""What ``docs/python.md`` shows is true."""

import inspect
import re

import pytest

import whipbird
from command_line import ROOT

TEXT = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.S)


def test_the_tutorial_runs(monkeypatch):
    pytest.importorskip("pandas")
    monkeypatch.chdir(ROOT / "examples")
    names = {}
    for block in BLOCKS:
        code = compile(block, "docs/python.md", "exec")
        if "whipbird.listen" not in block:  # there may be no microphone
            exec(code, names)
    assert {"word", "model", "table"} <= set(names)


@pytest.mark.parametrize("name", ["classify", "detect", "listen", "load_model", "to_pandas"])
def test_signatures_are_shown_as_they_are(name):
    (shown,) = re.findall(rf"\*\*`{name}\((.*?)\)`\*\*", TEXT, re.S)
    parameters = inspect.signature(getattr(whipbird, name)).parameters.values()
    own = [str(one.replace(annotation=one.empty)) for one in parameters]
    before = sum(one.kind is not inspect.Parameter.KEYWORD_ONLY for one in parameters)
    own[before:before] = ["*"] * (before < len(own))
    assert " ".join(shown.split()) == ", ".join(own).replace("'", '"')


def test_every_public_name_and_field_is_there():
    for name in set(whipbird.__all__) - {"__version__"}:
        assert f"`{name}" in TEXT
    for kind in (whipbird.Detection, whipbird.Scores, whipbird.Embeddings, whipbird.GapReport):
        assert all(f"`{field}`" in TEXT for field in kind.__dataclass_fields__)
    for kind in (whipbird.Model, whipbird.Listening):
        assert all(f"`{name}" in TEXT for name in vars(kind) if not name.startswith("_"))


def test_options_have_the_defaults_of_the_command_line():
    from whipbird.cli.listen import listen
    from whipbird.cli.replay import replay

    for function, command in ((whipbird.detect, replay), (whipbird.listen, listen)):
        own, options = (inspect.signature(one).parameters for one in (function, command))
        for name in set(own) & set(options) - {"model", "rate"}:
            assert own[name].default == (
                tuple(options[name].default) if own[name].default == () else options[name].default
            )
