"""The report of a training: one page of HTML that needs no other file, and its figures beside it as PNG.

    report.html     facts, then for each experiment: accuracy, measures per label, learning curves, worst mistakes
    confusion.png   labels.png   learning.png   mistakes.png

Where there is more than one experiment, its name stands in front: ``fold-1-confusion.png``.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path

from matplotlib.figure import Figure

from train import figures
from train.judgement import Judgement, LabelRow, Mistake

__all__ = ["markdown_table", "write_report"]

PAGE = "report.html"
MOST_SHOWN = 12  # mistakes with a spectrogram
MOST_LISTED = 50  # mistakes in the table
DPI_ON_PAGE = 100  # the page shows figures a little smaller than they are: sharp on fine screens

STYLE = """
:root { color-scheme: light dark; --ink: #22262c; --paper: #ffffff; --faint: #667080; --line: #dfe3e8; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e7eb; --paper: #16191d; --faint: #9aa3af; --line: #343a42; }
}
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 68rem; background: var(--paper); color: var(--ink);
       font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.8rem; line-height: 1.2; margin: 0 0 1.5rem; }
h2 { font-size: 1.35rem; margin: 3rem 0 0.5rem; padding-top: 1.5rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 2rem 0 0.75rem; }
h1, h2, p, td, th { overflow-wrap: break-word; }
.accuracy b { font-size: 1.6rem; }
.faint { color: var(--faint); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.25rem 1.25rem 0.25rem 0; border-bottom: 1px solid var(--line); text-align: left;
         vertical-align: top; }
thead th { color: var(--faint); font-weight: normal; }
tbody th { font-weight: normal; }
.number { text-align: right; white-space: nowrap; }
img { display: block; margin-top: 1rem; padding: 8px; box-sizing: border-box; max-width: 100%; height: auto;
      background: #ffffff; border-radius: 6px; }
summary { cursor: pointer; margin-top: 1rem; }
"""


def write_report(
    folder: Path,
    title: str,
    judgements: Mapping[str, Judgement],
    history: Mapping[str, Path],
    sound: figures.Sound | None,
    facts: Mapping[str, str],
) -> list[Path]:
    """Write the report of one or more experiments; return the paths of all files, the page first.

    Parameters
    ----------
    folder : Path
        Made if it does not exist; files of the same names are replaced.
    title : str
    judgements : mapping of str to Judgement
        By name of the experiment.
    history : mapping of str to Path
        The run's ``history.csv`` by name of the experiment. One without a judgement gets its learning curves alone;
        one whose file does not exist gets none.
    sound : callable or None
        Reads a clip: from its name to samples, shape (n,), and rate in Hz. Without it mistakes are listed, not shown.
    facts : mapping of str to str
        What the table at the top says: parameters, epochs, time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = list(dict.fromkeys((*judgements, *history)))
    written: list[Path] = []
    sections: list[str] = []
    for name, stem in zip(names, _stems(names), strict=True):
        pictures = _Pictures(folder, stem, written)
        parts = [f"<h2>{escape(name)}</h2>"]
        if judgement := judgements.get(name):
            parts += _judgement_parts(judgement, pictures)
        if (path := history.get(name)) and path.exists():
            parts += [
                "<h3>Learning curves</h3>",
                pictures.add("learning", figures.learning_figure(path), "Loss and accuracy over the epochs"),
            ]
        if judgement:
            parts += _mistake_parts(judgement, sound, pictures)
        sections.append(f"<section>\n{_lines(parts)}\n</section>")
    page = folder / PAGE
    page.write_text(_page(title, facts, sections), encoding="utf-8", errors="replace")
    return [page, *written]


def markdown_table(judgement: Judgement) -> list[str]:
    """Lines of a Markdown table: precision, recall, F1 and clips of each label."""
    lines = ["| label | precision | recall | F1 | clips |", "|---|---|---|---|---|"]
    for row in judgement.per_label():
        label = row.label.replace("\\", "\\\\").replace("|", "\\|")
        shares = " | ".join(_percent(share) for share in (row.precision, row.recall, row.f1))
        lines.append(f"| {label} | {shares} | {row.support} |")
    return lines


class _Pictures:
    """Writes the figures of one experiment and gives the HTML that shows them."""

    def __init__(self, folder: Path, stem: str, written: list[Path]) -> None:
        self._folder = folder
        self._stem = stem
        self._written = written

    def add(self, kind: str, figure: Figure, says: str) -> str:
        path = self._folder / f"{self._stem}{kind}.png"
        figures.save_figure(figure, path)
        self._written.append(path)
        content = base64.b64encode(path.read_bytes()).decode("ascii")
        width = round(figure.get_figwidth() * DPI_ON_PAGE)
        return f'<img src="data:image/png;base64,{content}" width="{width}" alt="{escape(says)}">'


def _judgement_parts(judgement: Judgement, pictures: _Pictures) -> list[str]:
    groups = len(set(judgement.groups))
    return [
        f'<p class="accuracy"><b>{judgement.accuracy:.1%}</b> of {len(judgement.truth):,} clips were given the right '
        f"one of {len(judgement.labels)} labels.<br>",
        f'<span class="faint">95 % interval {_range(judgement.interval)} if all clips were independent, '
        f"{_range(judgement.group_interval())} over {groups:,} groups (speakers, birds, sources).</span></p>",
        "<h3>Labels</h3>",
        _label_table(judgement.per_label()),
        pictures.add("labels", figures.labels_figure(judgement), "Precision, recall and F1 of each label"),
        "<h3>Confusion</h3>",
        pictures.add("confusion", figures.confusion_figure(judgement), "Confusion matrix"),
    ]


def _mistake_parts(judgement: Judgement, sound: figures.Sound | None, pictures: _Pictures) -> list[str]:
    parts = ["<h3>Worst mistakes</h3>"]
    mistakes = judgement.mistakes(MOST_LISTED)
    if not mistakes:
        return [*parts, "<p>There are none.</p>"]
    if sound:
        figure = figures.mistakes_figure(mistakes[:MOST_SHOWN], sound)
        parts.append(pictures.add("mistakes", figure, "Mel spectrograms of the worst mistakes"))
    made = int((~judgement.right).sum())
    listed = "All" if made == len(mistakes) else f"The worst {len(mistakes)} of"
    return [
        *parts,
        "<details>",
        f"<summary>{listed} {made:,} mistakes</summary>",
        _mistake_table(mistakes),
        "</details>",
    ]


def _label_table(rows: Sequence[LabelRow]) -> str:
    return _table(
        ("label", "precision", "recall", "95 % interval", "F1", "clips"),
        (
            (
                row.label,
                _percent(row.precision),
                _percent(row.recall),
                _range(row.recall_interval) if row.support else "–",
                _percent(row.f1),
                f"{row.support:,}",
            )
            for row in rows
        ),
        texts=1,
    )


def _mistake_table(mistakes: Sequence[Mistake]) -> str:
    return _table(
        ("clip", "true label", "label given", "its score", "score of the true one"),
        ((m.name, m.truth, m.chosen, f"{m.score:.2f}", f"{m.right_score:.2f}") for m in mistakes),
        texts=3,
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], texts: int) -> str:
    """An HTML table, its first columns texts and the others numbers; without a head if that is empty."""

    def line(cells: Sequence[str], first: str) -> str:
        kinds = ["" if column < texts else ' class="number"' for column in range(len(cells))]
        tags = [first, *["td" if first == "th" and cells is not head else first] * (len(cells) - 1)]
        return "".join(f"<{t}{k}>{escape(c)}</{t}>" for t, k, c in zip(tags, kinds, cells, strict=True))

    top = f"<thead><tr>{line(head, 'th')}</tr></thead>\n" if head else ""
    body = "\n".join(f"<tr>{line(row, 'th')}</tr>" for row in rows)
    return f'<div class="wide"><table>\n{top}<tbody>\n{body}\n</tbody></table></div>'


def _page(title: str, facts: Mapping[str, str], sections: Sequence[str]) -> str:
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        f'<head><meta charset="utf-8"><title>{escape(title)}</title>',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<style>{STYLE}</style></head>",
        "<body>",
        f"<h1>{escape(title)}</h1>",
        *([_table((), facts.items(), texts=2)] if facts else []),
        *sections,
        "</body></html>",
        "",
    ]
    return _lines(parts)


def _stems(names: Sequence[str]) -> list[str]:
    """What stands in front of each experiment's files: nothing if there is one, else its name, safe and unique."""
    if len(names) == 1:
        return [""]
    stems: list[str] = []
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9._]+", "-", name).strip("-.") or "experiment"
        number = 1
        # Compared in lower case, for some file systems take both for the same name.
        while (stem := f"{plain}-{number}-" if number > 1 else f"{plain}-").lower() in map(str.lower, stems):
            number += 1
        stems.append(stem)
    return stems


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _range(interval: tuple[float, float]) -> str:
    return f"{interval[0]:.1%} to {interval[1]:.1%}"


def _lines(parts: Iterable[str]) -> str:
    return "\n".join(parts)
