"""The built book: where it is, which pages it has, and a server for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HTML = Path(__file__).parents[1] / "_build" / "html"


def pages(book: Path) -> list[str]:
    """Return every page that a reader can open, as a path from the book's root.

    The start page at the root is left out, because it only leads to the first page.
    """
    found = sorted(path.relative_to(book).as_posix() for path in book.rglob("*.html"))
    return [path for path in found if path != "index.html" and not path.startswith("_static/")]


@contextmanager
def served(folder: Path, handler: type[SimpleHTTPRequestHandler]) -> Iterator[str]:
    """Serve a folder on this computer only, and yield its address without a slash at the end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
