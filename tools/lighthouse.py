"""Print Lighthouse's scores of every page of the built site: `python -m tools.lighthouse [page …]`.

Lighthouse is the judge of web pages that Chrome's developer tools contain. It opens each page as a
mid-range phone on a slow network would, and gives four scores from 0 to 100. The wanted ones are at
least 90 for performance and 100 for the other three. The lines below a page say what keeps it from
100. Performance is measured, so close other programs before you run this.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from typing import Any

from tools import browser as chromium
from tools.bench_site import CompressingHandler
from tools.book import HTML, pages, served

PACKAGE = "lighthouse@12.8.2"
NO_NODE = (
    "Lighthouse needs Node.js 18.16 or later with npm: install it "
    "(Debian, Ubuntu: `sudo apt-get install nodejs npm`; others: https://nodejs.org/)."
)
WANTED = {"performance": 90, "accessibility": 100, "best-practices": 100, "seo": 100}
TIMES = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time")
SHIFT = "cumulative-layout-shift"


def report(url: str) -> dict[str, Any]:
    """Return Lighthouse's report on a page.

    Raises:
        RuntimeError: Lighthouse stops with an error, which is the message.
    """
    flags = " ".join(["--headless=new", *chromium.ARGUMENTS])
    command = ["npx", "--yes", PACKAGE, url, "--output=json", "--quiet", f"--chrome-flags={flags}"]
    browser = chromium.executable()
    own = {"CHROME_PATH": browser} if browser else {}
    run = subprocess.run(command, env=os.environ | own, capture_output=True, text=True)
    if run.returncode != 0:
        raise RuntimeError(run.stderr)
    return dict(json.loads(run.stdout))


def scores(found: dict[str, Any]) -> dict[str, int]:
    """Return the scores of a report by their names in `WANTED`."""
    return {name: round(100 * found["categories"][name]["score"]) for name in WANTED}


def reasons(found: dict[str, Any], category: str) -> list[str]:
    """Return what costs a page points in a category, in Lighthouse's words."""
    parts = {part["id"]: part["weight"] for part in found["categories"][category]["auditRefs"]}
    audits = [found["audits"][name] for name, weight in parts.items() if weight]
    lost = [audit for audit in audits if audit["score"] is not None and audit["score"] < 0.9]
    return [f"{audit['title']} {audit.get('displayValue', '')}".strip() for audit in lost]


def main(arguments: list[str] | None = None) -> None:
    """Print a line for each page; end with an error if a score is too low."""
    parser = argparse.ArgumentParser("python -m tools.lighthouse", description=__doc__)
    parser.add_argument("pages", nargs="*", help="paths in the site (default: all pages)")
    chosen = parser.parse_args(arguments).pages or [p for p in pages(HTML) if p != "404.html"]
    if not shutil.which("npx"):
        sys.exit(NO_NODE)
    print("performance  accessibility  best practices  SEO   first text    all  blocked   shift")
    low = 0
    with served(HTML, CompressingHandler) as address:
        for path in chosen:
            found = report(f"{address}/{path}")
            got = scores(found)
            times = [found["audits"][name]["numericValue"] for name in TIMES]
            shift = found["audits"][SHIFT]["numericValue"]
            print(
                "{performance:11} {accessibility:14} {best-practices:15} {seo:4}".format(**got),
                "  {:6.0f} ms {:6.0f} {:8.0f}".format(*times),
                f"{shift:7.3f}  {path}",
                flush=True,
            )
            for category in [name for name, least in WANTED.items() if got[name] < least]:
                low += 1
                for reason in reasons(found, category):
                    print(f"{'':8}{category}: {reason}")
    if low:
        sys.exit(f"{low} scores are too low.")


if __name__ == "__main__":
    main()
