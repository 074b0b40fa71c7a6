"""The lines of `solutions/` that nothing published may show."""

import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
REGION = re.compile(r"### BEGIN (?:SOLUTION|HIDDEN TESTS)\n(.*?)### END", re.DOTALL)


def secret_lines() -> list[str]:
    """Return each line of a solution or a hidden check that only stands there.

    Lines of at most 12 characters are left out, because they also occur by chance.
    """
    notebooks = [nbformat.read(path, as_version=4) for path in ROOT.glob("solutions/*/*.ipynb")]
    text = "\n".join(cell.source for notebook in notebooks for cell in notebook.cells)
    public = REGION.sub("", text)
    regions = REGION.findall(text)
    lines = {line.strip() for region in regions for line in region.splitlines()}
    return sorted(line for line in lines if len(line) > 12 and line not in public)
