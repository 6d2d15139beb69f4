"""The commands of training and evaluation, in this process, or in one that lacks some packages."""

import subprocess
import sys

from typer.testing import CliRunner

from command_line import LIMIT_S
from whipbird.errors import WhipbirdError


def printed(app, *arguments):
    """Run a command that succeeds; return what it prints."""
    result = CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False, env={"COLUMNS": "120"})
    assert result.exit_code == 0, result.output
    return result.stdout


def failed(app, *arguments):
    """Run a command that does its work but ends with exit code 1; return its result."""
    result = CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)
    assert result.exit_code == 1, result.output
    return result


def refused(app, *arguments):
    """Run a command that fails; return its error, one line."""
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert isinstance(result.exception, WhipbirdError), result.output
    assert "\n" not in str(result.exception)
    return str(result.exception)


def whipbird_without(missing, *arguments):
    """Run the command in a process of its own, in which some modules cannot be found."""
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({missing}))\n"
        "from whipbird.__main__ import main; sys.argv = ['whipbird', *sys.argv[1:]]; main()"
    )
    words = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, timeout=LIMIT_S)
