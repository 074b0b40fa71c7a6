"""Descriptions and pictures for shared links, the start page, the 404 page, and the sitemap.

Whoever publishes the site gives its address as `SITE_URL` in the environment or as `html: baseurl`
in `_config.yml`. Without the address, the pages have no picture and no canonical address, and there
is no sitemap, because these need whole addresses.

sphinxext-opengraph 0.13 and sphinx-sitemap 2.9 cannot replace this module. The first puts TeX and
half sentences into descriptions, cannot read an SVG logo, and skips the start and 404 pages. The
second lists only those pages that the last build wrote, and warns if there is no address.
"""

from __future__ import annotations

import html
import os
import re
import textwrap
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from demos.show import style
from docutils import nodes
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, PathPatch
from matplotlib.path import Path as Curve
from sphinx.application import Sphinx
from sphinx.config import Config

from course_site import CHAPTERS

MARK = CHAPTERS / "_static" / "mark.svg"
WIDTH, HEIGHT = 1200, 630  # pixels of a picture, as social networks recommend
START, NOT_FOUND = "index", "404"  # pages that are made from a template without a document


def setup(app: Sphinx) -> dict[str, Any]:
    """Listen to every page and to the end of the build; called by Sphinx."""
    app.connect("config-inited", set_address)
    app.connect("html-page-context", add_tags)
    app.connect("build-finished", write_previews)
    app.connect("build-finished", write_sitemap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def set_address(app: Sphinx, config: Config) -> None:
    """Read the site's address, and let Sphinx write the start page and the 404 page."""
    address = os.environ.get("SITE_URL") or config.html_baseurl
    config.html_baseurl = f"{address.rstrip('/')}/" if address else ""
    config.html_additional_pages |= {START: "start.html", NOT_FOUND: "404.html"}


def add_tags(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give a page its description, and the title and picture that a shared link to it shows."""
    root = app.config.root_doc
    document = root if page == START else page
    if document == root:
        context["docstitle"] = ""  # The page already has the title of the course.
    title = app.env.titles.get(document, app.env.titles[root]).astext()
    about = description(app.env.metadata.get(document, {}), doctree) or _about_course(app)
    tags = [
        ("name", "description", about),
        ("property", "og:type", "website"),
        ("property", "og:site_name", app.config.html_title),
        ("property", "og:title", title),
        ("property", "og:description", about),
    ]
    if app.config.html_baseurl and page != NOT_FOUND:
        tags += _addresses(app, document if document in app.env.titles else root, title)
    context["metatags"] = context.get("metatags", "") + "".join(
        f'\n    <meta {kind}="{name}" content="{html.escape(text)}" />' for kind, name, text in tags
    )
    if page == NOT_FOUND:
        context |= _not_found_context(app)


def description(metadata: dict[str, Any], doctree: nodes.document | None) -> str:
    """Return the `description` of a page's front matter, or its first caption or paragraph."""
    if "description" in metadata:
        return str(metadata["description"])
    if doctree is None:
        return ""
    captions = (n for n in doctree.findall(nodes.container) if "caption" in n["classes"])
    first = next(captions, None) or next(doctree.findall(nodes.paragraph), None)
    return _first_sentences(" ".join(first.astext().split())) if first else ""


def write_previews(app: Sphinx, error: Exception | None) -> None:
    """Draw for each page the picture that a shared link to it shows."""
    if error or app.builder.format != "html" or not app.config.html_baseurl:
        return
    folder = Path(app.outdir) / "_static" / "previews"
    folder.mkdir(parents=True, exist_ok=True)
    for page in app.env.found_docs:
        figure = draw_preview(app.env.titles[page].astext(), app.config.html_title)
        # Matplotlib would write its version into the file, which would change with each update.
        figure.savefig(folder / _preview(page), metadata={"Software": None})


def draw_preview(title: str, course: str) -> Figure:
    """Draw the course's mark and a page's title."""
    figure = Figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=100, facecolor=style.PAPER)
    _draw_mark(figure.add_axes((0.69, 0.2, 0.27, 0.6), frameon=False))
    lines = "\n".join(textwrap.wrap(title, 20))
    text: dict[str, Any] = {"family": "DejaVu Sans", "color": style.INK, "linespacing": 1.25}
    figure.text(0.07, 0.5, lines, va="center", weight="bold", size=40, **text)
    if course.lower() != title.lower():
        figure.text(0.07, 0.84, course, size=20, **text | {"color": style.MUTED})
    return figure


def write_sitemap(app: Sphinx, error: Exception | None) -> None:
    """Write `robots.txt`, and `sitemap.xml` if the site's address is known."""
    if error or app.builder.format != "html":
        return
    folder, address = Path(app.outdir), app.config.html_baseurl
    robots = "User-agent: *\nDisallow:\n"
    if address:
        pages = [urljoin(address, _target(app, page)) for page in sorted(app.env.found_docs)]
        entries = "".join(f"  <url><loc>{html.escape(page)}</loc></url>\n" for page in pages)
        (folder / "sitemap.xml").write_text(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n',
            encoding="utf-8",
        )
        robots += f"Sitemap: {urljoin(address, 'sitemap.xml')}\n"
    else:
        (folder / "sitemap.xml").unlink(missing_ok=True)
    (folder / "robots.txt").write_text(robots, encoding="utf-8")


def _about_course(app: Sphinx) -> str:
    """Return the description of the course, for pages without one of their own."""
    root = app.config.root_doc
    return description(app.env.metadata.get(root, {}), app.env.get_doctree(root))


def _first_sentences(text: str, longest: int = 300) -> str:
    """Return as many whole sentences as a preview of a shared link has room for."""
    first, *others = re.split(r"(?<=[.?!]) ", text)
    for sentence in others:
        if len(first) + 1 + len(sentence) > longest:
            break
        first += f" {sentence}"
    return first


def _addresses(app: Sphinx, document: str, title: str) -> list[tuple[str, str, str]]:
    """Return the tags that need the site's address."""
    address = app.config.html_baseurl
    return [
        ("property", "og:url", urljoin(address, _target(app, document))),
        ("property", "og:image", urljoin(address, f"_static/previews/{_preview(document)}")),
        ("property", "og:image:width", str(WIDTH)),
        ("property", "og:image:height", str(HEIGHT)),
        ("property", "og:image:alt", f"The title “{title}” beside a falling loss curve"),
        ("name", "twitter:card", "summary_large_image"),
    ]


def _not_found_context(app: Sphinx) -> dict[str, Any]:
    """Return the links and pictures of the 404 page.

    The links begin at the root of the host, because a host shows the page at any depth.
    """
    site = urlsplit(app.config.html_baseurl).path or "/"
    chapters = app.env.toctree_includes.get(app.config.root_doc, [])
    return {
        "home": site + _target(app, app.config.root_doc),
        "search": site + _target(app, "search"),
        "chapters": [(site + _target(app, c), app.env.titles[c].astext()) for c in chapters],
        "palette": style.palette_css(),
        "mark": MARK.read_text(encoding="utf-8"),
    }


def _target(app: Sphinx, page: str) -> str:
    return app.builder.get_target_uri(page)


def _preview(page: str) -> str:
    return f"{page.replace('/', '-')}.png"


def _draw_mark(axes: Axes) -> None:
    """Draw `mark.svg`, which is one cubic curve and a circle."""
    svg = MARK.read_text(encoding="utf-8")
    [path] = re.findall(r' d="([^"]+)"', svg)
    numbers = [float(number) for number in re.findall(r"[\d.]+", path)]
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    curve = Curve(points, [Curve.MOVETO, *[Curve.CURVE4] * 3])
    x, y, radius = (float(re.findall(rf' {name}="([\d.]+)"', svg)[0]) for name in ("cx", "cy", "r"))
    blue, orange = re.findall(r"#[0-9a-f]{6}", svg)
    line = {"facecolor": "none", "edgecolor": blue, "capstyle": "round"}
    axes.add_patch(PathPatch(curve, linewidth=30, **line))
    axes.add_patch(Circle((x, y), radius, color=orange))
    axes.set(xlim=(0, 32), ylim=(32, 0), aspect="equal", xticks=[], yticks=[])
