"""Makes text from students safe to show: in one line, without control characters, not too long.

File names, kernel names and messages come from students. A control character in them can erase or
forge lines of a terminal, a newline adds a row to a table, and a spreadsheet computes a formula.
Pass such text through `one_line` before it reaches a terminal, and through `table_cell` before it
reaches a table that a spreadsheet may open.
"""

import unicodedata

LONGEST_LINE = 300  # characters
# More combining marks than this on one letter cover the lines above and below it.
MOST_MARKS = 8
# Characters with which a spreadsheet begins a formula, also in their full-width forms.
FORMULA_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
# Two invisible characters that join or separate letters in Persian and in scripts of India.
JOINERS = "\u200c\u200d"


def one_line(text: str, longest: int = LONGEST_LINE) -> str:
    r"""Return `text` as one line of visible characters.

    A character that is not visible, such as a control character, a line end or a change of the
    writing direction, is replaced by its code, such as `\x1b`. Text of more than `longest`
    characters loses its middle, because a path is recognized by its beginning and its end.
    """
    if len(text) > 2 * longest:  # the rest would be cut below, after a long loop
        text = f"{text[:longest]}{text[-longest:]}"
    shown: list[str] = []
    marks = 0
    for index, character in enumerate(text):
        category = unicodedata.category(character)
        marks = marks + 1 if category[0] == "M" else 0
        if marks > MOST_MARKS:
            continue
        if category in ("Cn", "Co") or is_visible(text, index):
            shown.append(character)
        else:
            shown.append(character.encode("unicode_escape").decode())
    line = "".join(shown)
    if len(line) <= longest:
        return line
    half = (longest - 1) // 2
    return f"{line[: longest - 1 - half]}…{line[len(line) - half :]}"


def table_cell(text: str, longest: int = LONGEST_LINE) -> str:
    """Return `text` as one line that a spreadsheet shows and never computes."""
    line = one_line(text, longest)
    return f"'{line}" if line.lstrip().startswith(FORMULA_SIGNS) else line


def is_visible(text: str, index: int) -> bool:
    """Whether the character at `index` can be seen or is a part of a letter that can be seen."""
    character = text[index]
    if character in JOINERS:
        return is_letter_part(text[index - 1 : index]) and is_letter_part(text[index + 1 :][:1])
    return unicodedata.category(character)[0] != "C" and character not in "\u2028\u2029"


def is_letter_part(character: str) -> bool:
    """Whether a character is a letter or a combining mark; the empty text is neither."""
    return character != "" and unicodedata.category(character)[0] in "LM"
