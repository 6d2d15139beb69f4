"""Runs notebooks, cell by cell, in this process: enough for cells of plain Python."""

import ast
import contextlib
import io
import json


def cells(path):
    """The notebook's cells of code: dictionaries."""
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]


def results(path):
    """Run all cells of code, one after the other; yield what each prints, with the value of its last expression."""
    names = {"__name__": "__main__"}
    for number, cell in enumerate(cells(path), 1):
        tree = ast.parse("".join(cell["source"]), f"{path.name}, cell {number}")
        last = ast.Expression(tree.body.pop().value) if isinstance(tree.body[-1], ast.Expr) else None
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(tree, f"{path.name}, cell {number}", "exec"), names)
            value = None if last is None else eval(compile(last, f"{path.name}, cell {number}", "eval"), names)
        yield printed.getvalue() + ("" if value is None else f"{value!r}\n")
