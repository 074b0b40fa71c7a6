"""Serve the built book on this computer only: `python -m tools.serve [port]`."""

import os
import sys
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from tools.book import HTML


class Handler(SimpleHTTPRequestHandler):
    """Serves the newest files, shows the 404 page of the book, and prints no requests."""

    # Programs can change on Windows what Python takes these two for, and browsers then refuse them.
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".css": "text/css",
        ".js": "text/javascript",
    }

    def end_headers(self) -> None:
        """Ask the browser to check for a newer page each time."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Show the book's 404 page if a page is missing, as hosts on the web do."""
        page = HTML / "404.html"
        if code != HTTPStatus.NOT_FOUND or not page.exists():
            return super().send_error(code, message, explain)
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page.read_bytes())

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing, so that the address stays on the screen."""


class Server(ThreadingHTTPServer):
    """Refuses a port that is in use; with this option, Windows would give it to two servers."""

    allow_reuse_address = os.name != "nt"


def listen(port: int) -> ThreadingHTTPServer:
    """Return a server on 127.0.0.1 at `port`, or at a free port if that one is in use."""
    handler = partial(Handler, directory=str(HTML))
    try:
        return Server(("127.0.0.1", port), handler)
    except OSError as problem:
        server = Server(("127.0.0.1", 0), handler)
        print(f"Port {port}: {problem.strerror}. Using another one.")
        return server


def main(port: int) -> None:
    """Serve until Ctrl-C."""
    with listen(port) as server:
        print(f"The book is at http://127.0.0.1:{server.server_port}/ (Ctrl-C ends)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8000)
