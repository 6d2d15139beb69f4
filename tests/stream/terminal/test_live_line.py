import contextlib
import io

from rich.console import Console

from whipbird.terminal.live_line import LiveLine, progress_parts


def test_what_is_done_and_what_is_left():
    assert progress_parts(1_200, 5_000, 7_200.0, 36_000.0, 400.0) == [
        "1,200 of 5,000 recordings",
        "0:01:12 left",
        "2.00 of 10.00 h",
        "400 times real time",
    ]
    assert progress_parts(0, 2, 0.0, 3_600.0, 0.0) == ["0 of 2 recordings", "0.00 of 1.00 h"]


def test_a_line_fits_the_screen():
    console = Console(width=40, force_terminal=True, color_system=None)
    for share in (None, 0.5):
        line = LiveLine(console, lambda share=share: (["hearing", "x" * 100], share))
        (row,) = console.render_lines(line)
        assert sum(segment.cell_length for segment in row) <= 40
        assert "hearing" in "".join(segment.text for segment in row)


def test_standard_output_that_goes_to_a_file_still_goes_there():
    screen, file = io.StringIO(), io.StringIO()
    console = Console(width=40, file=screen, force_terminal=True, color_system=None)
    with contextlib.redirect_stdout(file), LiveLine(console, lambda: (["hearing"], None)):
        print("an event")
    assert file.getvalue() == "an event\n"
    assert "hearing" in screen.getvalue()
    assert "an event" not in screen.getvalue()
