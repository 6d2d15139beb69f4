"""Links of the repository's files become links of the site."""

import pytest

from command_line import ROOT
from repository_links import at_docs


@pytest.mark.parametrize(
    ("folder", "text", "expected"),
    [
        ("docs", "[Training](../train/README.md#words)", "[Training](training.md#words)"),
        ("docs", "[code](../stream/whipbird/errors.py)", "[code](../stream/whipbird/errors.py)"),
        ("docs", "[a folder](../benchmarks) and [a heading](#names)", "a folder and [a heading](#names)"),
        (
            "benchmarks",
            "[`words`](words.py), [models](../docs/models.md)",
            "[`words`](../benchmarks/words.py), [models](models.md)",
        ),
        (
            ".",
            "[Security](SECURITY.md), [site](https://example.org)",
            "[Security](security.md), [site](https://example.org)",
        ),
    ],
)
def test_links_from_a_folder(folder, text, expected):
    assert at_docs(text, ROOT / folder, ROOT / "docs") == expected
