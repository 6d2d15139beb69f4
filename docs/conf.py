"""Settings of the documentation site, which `make docs` builds with Sphinx."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "site"))

from repository_links import MIRRORED, at_docs
from whipbird import __version__

project = "whipbird"
author = "The whipbird developers"
copyright = author
version = release = __version__

extensions = ["myst_parser", "sphinx_copybutton", "command_reference"]
exclude_patterns = ["site"]
nitpicky = True

myst_heading_anchors = 3
myst_enable_extensions = ["deflist", "fieldlist"]
highlight_language = "bash"  # of indented blocks, which are commands
copybutton_exclude = ".linenos, .gp, .go, .c1"  # comments after commands stay behind

html_theme = "furo"
html_title = "whipbird"
html_static_path = ["site/static"]
html_css_files = ["whipbird.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#00695c", "color-brand-content": "#00695c"},
    "dark_css_variables": {"color-brand-primary": "#4db6ac", "color-brand-content": "#4db6ac"},
}


def read_page(app, name, source):
    """Put a mirrored file in place of its page, make its links those of the site, and keep percentages on one line."""
    docs = Path(app.srcdir)
    file = docs.parent / MIRRORED[name] if name in MIRRORED else docs / f"{name}.md"
    text = file.read_text(encoding="utf-8") if name in MIRRORED else source[0]
    source[0] = re.sub(r"(?<=\d) (?=%(?!\w))", "\N{NO-BREAK SPACE}", at_docs(text, file.parent, docs))


def setup(app):
    app.connect("source-read", read_page)
