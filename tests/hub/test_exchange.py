"""The exchange: the folder through which the accounts of a machine hand out and collect."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.course import configuration

NOBODY = 65534  # a user id that owns nothing


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every account may enter; pytest's own folders are private."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def exchange(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The exchange of a class, which does not exist yet."""
    path = folder / "class" / "exchange"
    monkeypatch.setenv("NBGRADER_EXCHANGE", str(path))
    return path


def mode(path: Path) -> str:
    """Return the permissions of a file or folder, in octal digits."""
    return f"{path.stat().st_mode & 0o7777:o}"


def test_a_missing_exchange_is_made_as_nbgrader_needs_it(exchange: Path) -> None:
    assert configuration().Exchange.root == str(exchange)
    assert mode(exchange) == "1777"


def test_an_exchange_keeps_the_permissions_that_an_administrator_gave_it(exchange: Path) -> None:
    exchange.mkdir(parents=True)
    exchange.chmod(0o2770)
    configuration()
    assert mode(exchange) == "2770"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another account")
def test_two_accounts_share_a_new_exchange_and_neither_deletes_what_the_other_put_there(
    exchange: Path,
) -> None:
    configuration()
    mine, theirs = exchange / "mine", exchange / "theirs"
    mine.mkdir()
    subprocess.run(["mkdir", theirs], user=NOBODY, group=NOBODY, check=True)
    assert theirs.stat().st_uid == NOBODY
    for command in (["rmdir", mine], ["mv", mine, exchange / "renamed"]):
        run = subprocess.run(command, user=NOBODY, group=NOBODY, capture_output=True, text=True)
        assert "Operation not permitted" in run.stderr
    assert sorted(exchange.iterdir()) == [mine, theirs]
