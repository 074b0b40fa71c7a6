"""A content security policy in every page: the browser runs and loads what came with the site.

It stands in the page itself, since a USB stick or a plain host sends no headers.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

# Scripts that stand in the page; those with another type are data and never run.
INLINE = re.compile(r"<script((?![^>]*\b(?:src|type)=)[^>]*)>(.*?)</script>", re.S)
HEAD = re.compile(
    r'(<meta charset="[^"]*"\s*/?>)(\s*<meta http-equiv="Content-Security-Policy"[^>]*>)?'
)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the below; called by Sphinx."""
    app.connect("build-finished", protect, priority=950)  # when every page is as it stays
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def protect(app: Sphinx, error: Exception | None) -> None:
    """Write into each page the policy that it keeps to."""
    if error or app.builder.format != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        meta = f'<meta http-equiv="Content-Security-Policy" content="{policy(page)}" />'
        protected = HEAD.sub(rf"\1\n    {meta}", page, count=1)
        if protected != page:
            path.write_text(protected, encoding="utf-8")


def policy(page: str) -> str:
    """Return the policy of a page: only the site's own files, and the scripts that it holds now."""
    hashes = sorted({_hash(script) for _, script in INLINE.findall(page)})
    return "; ".join(
        [
            "default-src 'self'",
            " ".join(["script-src 'self'", *hashes]),
            # The pictures of the demos have style attributes, which no hash can name.
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",  # the theme's style sheets hold small pictures
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ]
    )


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
