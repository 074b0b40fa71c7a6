"""The site on the web: shared links, content policy, privacy, missing pages, addresses."""

from __future__ import annotations

import html
import os
import re
import struct
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from course_site.pages import sharing
from playwright.sync_api import Browser, Page

from tools import anchors
from tools.book import HTML

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = "https://example.org/course/"
# What the browser stores: light or dark, and what a reader has read and answered.
KEYS = {"mode", "training-neural-networks"}


def pages(book: Path) -> list[Path]:
    """Every page that a browser can open, with the start page and the 404 page."""
    return [path for path in sorted(book.rglob("*.html")) if "_static" not in path.parts]


def tags(page: Path) -> dict[str, str]:
    """The metadata in the head of a page, by name."""
    head = page.read_text(encoding="utf-8").split("</head>")[0]
    found = re.findall(r'<meta (?:name|property|http-equiv)="([^"]+)" content="([^"]*)"', head)
    [title] = re.findall(r"<title>(.*?)</title>", head, re.DOTALL)
    return {name: html.unescape(text) for name, text in found} | {"title": html.unescape(title)}


class TestSharedLinks:
    def test_every_page_says_its_title_and_what_it_is_about(self, book: Path) -> None:
        for page in pages(book):
            found = tags(page)
            assert "Training Neural Networks".lower() in found["title"].lower(), page
            assert 40 < len(found["description"]) < 320, (
                f"{page}: write a `description` into its source's front matter:"
                f" {found['description']!r}"
            )
            assert not set(found["description"]) & set("$\\{}"), (
                f"{page}: write a `description` without formulas into its source's front matter"
            )
            assert found["og:description"] == found["description"]
            assert found["og:title"] in found["title"] or page.parent == book, page

    def test_no_two_chapters_or_exercises_have_the_same_title_or_description(
        self, book: Path
    ) -> None:
        documents = [
            page for folder in ("chapters", "grader") for page in (book / folder).rglob("*.html")
        ]
        for name in ("title", "og:title", "description"):
            texts = [tags(page)[name] for page in documents]
            repeated = {text for text in texts if texts.count(text) > 1}
            assert repeated == set(), f"two pages have the same {name}"

    def test_a_caption_is_the_description_unless_the_page_has_one(self, book: Path) -> None:
        found = tags(book / "chapters" / "01_loss_functions.html")
        assert found["description"].startswith("Someone walks past a lamp post")
        front = (ROOT / "chapters" / "index.md").read_text(encoding="utf-8")
        given = yaml.safe_load(front.split("---")[1])["description"]
        assert tags(book / "chapters" / "index.html")["description"] == given
        assert tags(book / "index.html")["description"] == given

    def test_without_an_address_nothing_that_needs_one_is_there(self, book: Path) -> None:
        for page in pages(book):
            text = page.read_text(encoding="utf-8")
            assert not {"og:image", "og:url"} & set(tags(page))
            assert 'rel="canonical"' not in text
        assert not (book / "sitemap.xml").exists()
        assert not (book / "_static" / "previews").exists()
        assert (book / "robots.txt").read_text() == "User-agent: *\nDisallow:\n"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small book with these extensions, built for an address as the publishing workflow does."""
    source = tmp_path_factory.mktemp("source")
    (source / "conf.py").write_text(
        "extensions = ['myst_parser', 'course_site.pages.sharing',"
        " 'course_site.pages.content_policy']\n"
        f"templates_path = [{str(ROOT / 'chapters' / '_templates')!r}]\n"
        "root_doc, html_title, html_theme = 'front', 'A & B', 'sphinx_book_theme'\n"
        f"html_logo = {str(sharing.MARK)!r}\n"
        "html_theme_options = {'logo': {'text': 'A & B'}}\n"
    )
    (source / "front.md").write_text("# A & B\n\nWhy.\n\n```{toctree}\npart/one\n```\n")
    (source / "part").mkdir()
    (source / "part" / "one.md").write_text("# Part a < b\n\nWhat it is about.\n")
    site = source / "site"
    run = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", source, site],
        env={
            **os.environ,
            "SITE_URL": ADDRESS.rstrip("/"),
            "PYTHONPATH": str(ROOT / "chapters" / "_extensions"),
        },
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return site


class TestKnownAddress:
    def test_a_shared_link_shows_a_picture(self, published: Path) -> None:
        for page, preview in {"index": "front", "front": "front", "part/one": "part-one"}.items():
            found = tags(published / f"{page}.html")
            assert found["og:image"] == f"{ADDRESS}_static/previews/{preview}.png"
            assert found["twitter:card"] == "summary_large_image"
            picture = (published / "_static" / "previews" / f"{preview}.png").read_bytes()
            assert struct.unpack(">II", picture[16:24]) == (1200, 630)
            assert str(struct.unpack(">II", picture[16:24])[0]) == found["og:image:width"]
        assert found["og:url"] == f"{ADDRESS}part/one.html"
        assert found["og:title"] == "Part a < b"

    def test_a_picture_is_the_same_each_time(self, published: Path, tmp_path: Path) -> None:
        drawn = published / "_static" / "previews" / "part-one.png"
        again = tmp_path / "again.png"
        sharing.draw_preview("Part a < b", "A & B").savefig(again, metadata={"Software": None})
        assert again.read_bytes() == drawn.read_bytes()
        assert b"tEXt" not in drawn.read_bytes()

    def test_the_map_names_every_page_and_robots_name_the_map(self, published: Path) -> None:
        mapped = re.findall(r"<loc>(.*?)</loc>", (published / "sitemap.xml").read_text())
        assert mapped == [f"{ADDRESS}front.html", f"{ADDRESS}part/one.html"]
        assert f"Sitemap: {ADDRESS}sitemap.xml\n" in (published / "robots.txt").read_text()

    def test_the_404_page_leads_home_from_any_depth(self, published: Path) -> None:
        text = (published / "404.html").read_text()
        links = re.findall(r'(?:href|action)="([^"]+)"', text)
        inside = [link for link in links if not link.startswith("data:")]
        assert len(inside) == 3
        assert set(inside) == {f"/course/{page}.html" for page in ("front", "part/one", "search")}


def test_preview_titles_stay_clear_of_the_mark(book: Path) -> None:
    for page in (book / "chapters").glob("*.html"):
        figure = sharing.draw_preview(tags(page)["og:title"], "Training Neural Networks")
        figure.draw_without_rendering()
        mark = figure.axes[0].get_window_extent()
        for text in figure.texts:
            assert text.get_window_extent().x1 < mark.x0, (
                f"the picture for shared links has no room for this title: {text.get_text()}"
            )


class TestPolicy:
    def test_every_page_names_its_policy_before_it_loads_anything(self, book: Path) -> None:
        for page in pages(book):
            rules = {
                rule.split()[0]: rule.split()[1:]
                for rule in tags(page)["Content-Security-Policy"].split(";")
            }
            assert rules["default-src"] == ["'self'"]
            assert rules["object-src"] == rules["base-uri"] == ["'none'"]
            scripts = rules["script-src"]
            assert scripts[0] == "'self'"
            assert all(re.fullmatch(r"'sha256-[\w+/]{43}='", source) for source in scripts[1:])
            head = page.read_text(encoding="utf-8").split('"Content-Security-Policy"')[0]
            assert not re.search("<(script|link|style)", head), page

    @pytest.mark.parametrize("base", ["http", "file"])
    def test_pages_keep_to_it_and_remember_only_under_our_names(
        self, book: Path, site: str, browser: Browser, base: str
    ) -> None:
        context = browser.new_context()
        context.add_init_script(
            "window.broken = [];"
            "addEventListener('securitypolicyviolation',"
            " e => broken.push(e.effectiveDirective + ' ' + e.blockedURI))"
        )
        page = context.new_page()
        root = site if base == "http" else book.as_uri()
        # test_site.py opens every page both ways, and a broken policy fails that test too.
        chapter = "chapters/01_loss_functions.html"
        for path in [chapter, "chapters/index.html", "404.html", "search.html?q=huber"]:
            page.goto(f"{root}/{path}")
            page.wait_for_load_state("networkidle")
            if path == chapter:
                use(page)
            assert page.evaluate("broken") == [], f"{path} does something that its policy forbids"
            assert set(page.evaluate("Object.keys(localStorage)")) <= KEYS
            # The browser forgets this one with the tab.
            assert set(page.evaluate("Object.keys(sessionStorage)")) <= {"sidebar-scroll-top"}
        assert context.cookies() == []
        assert page.evaluate("indexedDB.databases().then(all => all.length)") == 0
        assert context.service_workers == []
        context.close()

    def test_it_stops_what_did_not_come_with_the_site(self, site: str, browser: Browser) -> None:
        page = browser.new_page()
        page.goto(f"{site}/chapters/01_loss_functions.html")
        page.evaluate(
            """() => {
              window.stopped = [];
              addEventListener('securitypolicyviolation', e => stopped.push(e.effectiveDirective));
              const script = document.createElement('script');
              script.textContent = 'window.ran = true';
              document.body.append(script);
              const add = html => document.body.insertAdjacentHTML('beforeend', html);
              add('<img src="data:," onerror="window.ran = true">');
              add('<img src="https://example.org/spy.png">');
              fetch('https://example.org/').catch(() => null);
            }"""
        )
        page.wait_for_function("stopped.length >= 4")
        assert set(page.evaluate("stopped")) == {
            "script-src-elem",
            "script-src-attr",
            "img-src",
            "connect-src",
        }
        assert page.evaluate("window.ran") is None
        page.close()


def use(page: Page) -> None:
    """Do what a reader does: move a demo, answer a question, switch to dark, copy code."""
    page.locator(".demo input[type=range]").first.press("ArrowRight")
    page.locator(".ask summary").first.click()
    page.locator(".theme-switch-button").first.click()
    page.locator(".copybtn").first.dispatch_event("click")


def test_a_missing_page_leads_on(book: Path, site: str, browser: Browser) -> None:
    page = browser.new_page()
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    lost = f"{site}/chapters/no/such/page.html"
    answer = page.goto(lost)
    assert answer is not None
    assert answer.status == 404
    assert "no page here" in page.locator("h1").inner_text()
    page.wait_for_load_state("networkidle")
    assert [url for url in requested if not url.startswith("data:")] == [lost]
    addresses = page.eval_on_selector_all("a", "all => all.map(a => a.href)")
    assert len(addresses) > 4
    for address in set(addresses):
        assert (book / urlsplit(address).path.lstrip("/")).is_file(), address
    page.get_by_role("link", name="front page").click()
    page.wait_for_url(f"{site}/chapters/index.html")
    page.goto(lost)
    page.get_by_label("Words to look for").fill("huber")
    page.get_by_role("button", name="Search").click()
    page.wait_for_selector("#search-results li a")
    page.close()


class TestAnchors:
    def test_recorded_addresses_still_lead_to_their_place(self, book: Path) -> None:
        texts = {
            page: (book / page).read_text()
            for page in {a.split("#")[0] for a in anchors.recorded()}
        }
        lost = [
            address
            for address in sorted(anchors.recorded())
            if f'id="{address.split("#")[1]}"' not in texts[address.split("#")[0]]
        ]
        assert lost == [], "write its old name above the heading in the source: (name)="

    def test_every_heading_is_recorded(self, book: Path) -> None:
        new = anchors.anchors(book) - anchors.recorded()
        assert sorted(new) == [], "run .venv/bin/python -m tools.anchors"

    def test_an_address_comes_from_the_words_of_its_heading(self, book: Path) -> None:
        found = anchors.anchors(book)
        assert len(found) > 40
        numbered = [address for address in found if re.search(r"#id\d+$", address)]
        assert numbered == [], "two headings of one page are the same, or one has no letters"

    def test_every_heading_of_a_chapter_is_found(self, book: Path) -> None:
        page = book / "chapters" / "01_loss_functions.html"
        headings = re.findall(
            r"<h[23]\b(?!.*Contents)", page.read_text().split('id="loss-functions"')[1]
        )
        found = [
            a for a in anchors.anchors(book) if a.startswith("chapters/01_loss_functions.html#")
        ]
        assert len(found) == len(headings)


class TestWorkflow:
    text = (ROOT / ".github" / "workflows" / "publish.yml").read_text(encoding="utf-8")
    jobs = yaml.safe_load(text)["jobs"]

    def test_it_builds_for_the_address_that_pages_gives_and_publishes_that(self) -> None:
        steps = {
            step.get("uses", step.get("run")).split("@")[0]: step
            for step in self.jobs["build"]["steps"]
        }
        pages = steps["actions/configure-pages"]["id"]
        assert steps["make book"]["env"] == {
            "SITE_URL": f"${{{{ steps.{pages}.outputs.base_url }}}}"
        }
        assert ROOT / steps["actions/upload-pages-artifact"]["with"]["path"] == HTML
        assert list(steps)[-1] == "actions/upload-pages-artifact"
        assert self.jobs["deploy"]["needs"] == "build"

    def test_it_may_do_no_more_than_it_must(self) -> None:
        assert yaml.safe_load(self.text)["permissions"] == {"contents": "read"}
        assert "write" not in self.jobs["build"]["permissions"].values()
        assert self.jobs["deploy"]["permissions"] == {"pages": "write", "id-token": "write"}
