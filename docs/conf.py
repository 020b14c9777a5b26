"""Sphinx configuration: `sphinx-build -W -b html docs docs/_build/html`."""

import importlib.metadata

project = "fieldmark"
author = "The fieldmark developers"
copyright = "2026, The fieldmark developers"
release = importlib.metadata.version("fieldmark")
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
exclude_patterns = ["_build"]
source_suffix = {".md": "markdown"}
html_theme = "furo"
html_title = "fieldmark"
html_static_path: list[str] = []
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autosummary_generate = False
napoleon_google_docstring = True
napoleon_numpy_docstring = False
myst_heading_anchors = 3
suppress_warnings = ["ref.python"]  # two records may have a field of the same name
myst_enable_extensions = ["colon_fence", "deflist"]
