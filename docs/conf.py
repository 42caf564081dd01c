# SPDX-License-Identifier: Apache-2.0
"""How the site is built: `tox run -e docs`, or `sphinx-build docs site`."""

import sys
from pathlib import Path

DOCS = Path(__file__).parent
sys.path[:0] = [str(DOCS.parent), str(DOCS / "_ext")]

project = "Syslets"
author = "the authors of the project"
html_title = "Syslets"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode", "specification"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["README.md", "_ext", "made/extra", "spec/clauses.md", "design/first-contact.md"]
myst_enable_extensions = ["attrs_block", "attrs_inline", "colon_fence", "deflist"]
myst_heading_anchors = 3
nitpicky = True
nitpick_ignore_regex = [
    (r"py:(class|exc|data|attr|mod)", r".*"),  # types of other projects have no page here
    (r"py:obj", r".*\.__init__"),  # a rule in a constructor is on its class's page
]
default_role = "code"  # one backtick in a docstring
autodoc_preserve_defaults = True
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True}
viewcode_follow_imported_members = False  # else its links from the source name modules without an anchor
napoleon_use_ivar = True
python_use_unqualified_type_names = True
html_theme = "furo"
html_static_path = ["_static"]
html_extra_path = ["made/extra"]
html_css_files = ["site.css"]
html_search_scorer = str(DOCS / "_static" / "scorer.js")
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False
html_last_updated_fmt = None
pygments_style = "friendly"
pygments_dark_style = "github-dark"
html_theme_options = {"navigation_with_keys": True}
