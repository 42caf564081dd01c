# SPDX-License-Identifier: Apache-2.0
"""How the site is built: `tox run -e docs`, or `sphinx-build docs site`."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent / "_ext")]

project = "Syslets"
author = "the authors of the project"
html_title = "Syslets"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode", "specification"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["README.md", "_ext"]
myst_enable_extensions = ["attrs_block", "attrs_inline", "colon_fence", "deflist"]
myst_heading_anchors = 3
nitpicky = False
suppress_warnings = ["myst.xref_missing"]  # links to files of the repository are made by `specification`
autodoc_default_options = {"members": True, "member-order": "bysource", "show-inheritance": True}
autodoc_typehints = "signature"
napoleon_use_ivar = True
python_use_unqualified_type_names = True
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_copyright = False
html_show_sphinx = False
html_last_updated_fmt = None
pygments_style = "friendly"
pygments_dark_style = "github-dark"
html_theme_options = {"navigation_with_keys": True}
