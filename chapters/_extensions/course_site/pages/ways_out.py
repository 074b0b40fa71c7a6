"""The ways from a page to a place where its notebook runs, and to the people who can correct it.

They follow Jupyter Book's own settings in `_config.yml`, and a course that sets none has none. They
are read from the file, because the book's options for its theme replace what Jupyter Book makes of
these settings:

    repository:
      url: https://github.com/school/course
      branch: main
    launch_buttons:
      colab_url: https://colab.research.google.com
      jupyterhub_url: https://hub.school.example
      binderhub_url: https://mybinder.org
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import yaml
from docutils import nodes
from sphinx.application import Sphinx

from course_site import ROOT


def setup(app: Sphinx) -> dict[str, Any]:
    """Listen to every page; called by Sphinx."""
    app.connect("doctree-resolved", add_report)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def add_report(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put a link for errata below the last section of a page if the repository is known."""
    address = report(settings(), page)
    sections = list(doctree.findall(nodes.section))
    if address and sections:
        link = f'<a href="{html.escape(address)}">Report an error on this page</a>'
        sections[0].append(nodes.raw("", f'<p class="report">{link}</p>', format="html"))


def settings() -> dict[str, Any]:
    """Return what `_config.yml` says."""
    config: dict[str, Any] = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    return config


def report(config: Mapping[str, Any], page: str) -> str:
    """Return the address of a new issue about a page, or "" if no repository is set.

    Args:
        config: the settings of the book.
        page: the page's name, such as "chapters/index".
    """
    repository = config.get("repository", {}).get("url", "").rstrip("/")
    if not repository:
        return ""
    return f"{repository}/issues/new?{urlencode({'title': f'Error on {page}'})}"


def launches(config: Mapping[str, Any], page: str) -> dict[str, str]:
    """Return the addresses that open a page's notebook elsewhere, by what their links say.

    Args:
        config: the settings of the book.
        page: the page's name, `grader/release/<assignment>/<notebook>`.
    """
    repository = config.get("repository", {}).get("url", "").rstrip("/")
    if not repository:
        return {}
    path, branch = f"{page}.ipynb", config["repository"].get("branch", "main")
    owner = urlsplit(repository).path.strip("/")
    tree = quote(f"lab/tree/{owner.rpartition('/')[2]}/{path}")
    pull = urlencode({"repo": repository, "branch": branch})
    ways = {
        "jupyterhub_url": (
            "Open it in JupyterHub",
            f"/hub/user-redirect/git-pull?{pull}&urlpath={tree}",
        ),
        "colab_url": ("Open it in Colab", f"/github/{owner}/blob/{branch}/{quote(path)}"),
        "binderhub_url": ("Open it in Binder", f"/v2/gh/{owner}/{branch}?labpath={quote(path)}"),
    }
    set_ones = config.get("launch_buttons") or {}
    return {
        label: f"{set_ones[name].rstrip('/')}{rest}"
        for name, (label, rest) in ways.items()
        if set_ones.get(name)
    }
