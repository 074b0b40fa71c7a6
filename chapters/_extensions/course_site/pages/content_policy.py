"""A content security policy in every page: browsers run and load only files of the site.

The policy is in the page itself because a USB stick or a simple host sends no headers.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

# A script whose code is in the page. A script with a type, such as JSON, is data and never runs.
INLINE = re.compile(r"<script((?![^>]*\b(?:src|type)=)[^>]*)>(.*?)</script>", re.S)
# The first line of the head, and the policy that an earlier build may have written after it.
HEAD = re.compile(
    r'(<meta charset="[^"]*"\s*/?>)(\s*<meta http-equiv="Content-Security-Policy"[^>]*>)?'
)


def setup(app: Sphinx) -> dict[str, Any]:
    """Listen to the end of the build; called by Sphinx."""
    app.connect("build-finished", add_policies, priority=990)  # after the last change of a page
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def add_policies(app: Sphinx, error: Exception | None) -> None:
    """Write its policy into each page."""
    if error or app.builder.format != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        meta = f'<meta http-equiv="Content-Security-Policy" content="{policy(page)}" />'
        protected = HEAD.sub(rf"\1\n    {meta}", page, count=1)
        if protected != page:
            path.write_text(protected, encoding="utf-8")


def policy(page: str) -> str:
    """Return the policy of a page: only files of the site, and only the scripts in the page now."""
    hashes = sorted({_source(script) for _, script in INLINE.findall(page)})
    return "; ".join(
        [
            "default-src 'self'",
            " ".join(["script-src 'self'", *hashes]),
            # The demos' pictures have style attributes, which a policy cannot allow by hash.
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",  # The theme's style sheets contain icons.
            "font-src 'self' data:" if "data:font" in page else "font-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ]
    )


def _source(script: str) -> str:
    """Return the name of a script in a policy: the hash of its code."""
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
