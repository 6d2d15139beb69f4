"""The commands of training and evaluation, in this process."""

from typer.testing import CliRunner

from stream.errors import WhipbirdError


def printed(app, *arguments):
    """Run a command that succeeds; return what it prints."""
    result = CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False, env={"COLUMNS": "120"})
    assert result.exit_code == 0, result.output
    return result.output


def refused(app, *arguments):
    """Run a command that fails; return its error, one line."""
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert isinstance(result.exception, WhipbirdError), result.output
    assert "\n" not in str(result.exception)
    return str(result.exception)
