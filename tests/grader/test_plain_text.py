"""Text from students never reaches a terminal or a table raw."""

import unicodedata

import pytest

from grader.plain_text import LONGEST_LINE, MOST_MARKS, one_line, table_cell


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("loss_functions.ipynb", "loss_functions.ipynb"),
        ("José, प्रिया, 김민수, علی‌رضا, 🎓", "José, प्रिया, 김민수, علی‌رضا, 🎓"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x1b[2J\x9b2J\x07", r"\x1b[2J\x9b2J\x07"),
        ("a\u202eb\u2066c\u200b", r"a\u202eb\u2066c\u200b"),
        ("a\u2028b\u2029c\x85", r"a\u2028b\u2029c\x85"),
        ("\u200da\u200d", r"\u200da\u200d"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
        ("", ""),
    ],
)
def test_a_line_shows_every_character(text: str, line: str) -> None:
    assert one_line(text) == line


def test_a_long_line_keeps_its_beginning_and_its_end() -> None:
    line = one_line("/".join(["folder"] * 100_000) + "/loss_functions.ipynb")
    assert len(line) == LONGEST_LINE
    assert line.startswith("folder/folder/") and line.endswith("/loss_functions.ipynb")
    assert one_line("\n" * 10_000).count("\n") == 0
    assert [len(one_line("x" * 20, longest)) for longest in (9, 10, 20)] == [9, 10, 20]


def test_a_letter_keeps_a_few_marks_only() -> None:
    line = one_line("a" + "\u0301" * 200 + "b")
    assert sum(map(unicodedata.combining, line)) == 230 * MOST_MARKS
    assert line[0] == "a" and line[-1] == "b"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(1)", " =1+1", "＝1+1", "－1"])
def test_a_spreadsheet_computes_no_cell(text: str) -> None:
    assert table_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["a=1", "ada-lee", "\t=1+1", "\r=1+1"])
def test_other_cells_are_lines(text: str) -> None:
    assert table_cell(text) == one_line(text)
