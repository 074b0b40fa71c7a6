"""`make links` finds the links out of the book that lead nowhere."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from checkout import ENVIRONMENT, checkout


class Host(BaseHTTPRequestHandler):
    """A host with two pages and no others."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path in ("/page", "/paper") else 404)
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


@pytest.fixture
def host() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def write_book(course: Path, links: list[str], papers: list[str]) -> None:
    """Reduce the book to one page, with these links in its prose and these papers cited."""
    (course / "_toc.yml").write_text("format: jb-book\nroot: chapters/index\n")
    prose = "\n".join(f"- [a page]({link}) {{cite}}`{','.join(papers)}`" for link in links)
    bibliography = "```{bibliography}\n```\n"
    (course / "chapters" / "index.md").write_text(f"# Links\n\n{prose}\n\n{bibliography}")


def make_links(course: Path) -> tuple[int, dict[str, str]]:
    """Run `make links`; return its exit status and the state of each link."""
    run = subprocess.run(
        ["make", "links"], cwd=course, env=ENVIRONMENT, capture_output=True, text=True
    )
    output = course / "_build" / "linkcheck" / "output.json"
    assert output.exists(), run.stdout + run.stderr
    found = [json.loads(line) for line in output.read_text().splitlines()]
    return run.returncode, {link["uri"]: link["status"] for link in found}


def test_a_broken_link_is_found_in_prose_and_in_the_bibliography(host: str, tmp_path: Path) -> None:
    course = checkout(tmp_path / "course")
    with (course / "references.bib").open("a") as sources:
        for name in ("paper", "gone"):
            sources.write(
                f"\n@misc{{{name}, author = {{A. Author}}, title = {{A {name}}}, year = 2020, "
                f"url = {{{host}/{name}}}}}\n"
            )

    write_book(course, [f"{host}/page"], ["paper"])
    status, links = make_links(course)
    assert status == 0
    assert links == {f"{host}/page": "working", f"{host}/paper": "working"}

    write_book(course, [f"{host}/page", f"{host}/lost"], ["paper", "gone"])
    status, links = make_links(course)
    assert status != 0
    broken = {link for link, state in links.items() if state == "broken"}
    assert broken == {f"{host}/lost", f"{host}/gone"}
