"""Readers who know nothing must not find the right choices by the form of the text.

A guesser strikes out some choices of a question by their form and picks one of the others at
random. Chance is to pick one of all choices. Over the questions of a chapter, and over those of all
chapters, no guesser may score more than 10 points (of 100) above chance.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass

import jupytext
import pytest
from claims import CHAPTERS, PAGES
from demos.show.ask import Question

MOST_POINTS = 10  # above chance, of 100
FEWEST = 5  # questions, because among fewer than this an accident decides

REASON = re.compile(r"\b(because|since|as|so|so that|due to|therefore)\b")
HEDGE = re.compile(r"\b(usually|often|mostly|nearly|almost|perhaps|may|might|can|close to|about)\b")
ABSOLUTE = re.compile(r"\b(always|never|all|none|nothing|every|only|no|any|must|cannot)\b")

Guesser = Callable[[list[str]], list[bool]]


@dataclass(frozen=True)
class Asked:
    """A question as a reader sees it: its choices in order, and the number of the right one."""

    text: str
    choices: list[str]
    right: int


def questions(page: str) -> list[Asked]:
    """Return the questions of a page with the choices in the order in which the page shows them."""
    found = []
    for cell in jupytext.read(CHAPTERS / f"{page}.md").cells:
        if cell.cell_type != "code" or "ask(" not in cell.source:
            continue
        for call in ast.walk(ast.parse(cell.source)):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "ask":
                found.append(asked(call))
    return found


def asked(call: ast.Call) -> Asked:
    """Return the question that a call of `ask` shows."""
    arguments = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
    text, right = ast.literal_eval(call.args[0]), arguments["right"]
    shown = Question(text, right, arguments["wrong"])._repr_html_()
    verdicts = re.findall(r'<details class="ask-(right|wrong)"', shown)
    summaries = re.findall(r"<summary>(.*?)</summary>", shown)
    choices = [re.sub(r"<[^>]+>", "", summary) for summary in summaries]
    return Asked(text, choices, verdicts.index("right"))


def with_reason(choices: list[str]) -> list[bool]:
    return [bool(REASON.search(choice)) for choice in choices]


def without_reason(choices: list[str]) -> list[bool]:
    return [not REASON.search(choice) for choice in choices]


def longest(choices: list[str]) -> list[bool]:
    return [len(choice) == max(map(len, choices)) for choice in choices]


def shortest(choices: list[str]) -> list[bool]:
    return [len(choice) == min(map(len, choices)) for choice in choices]


def hedged(choices: list[str]) -> list[bool]:
    return [bool(HEDGE.search(choice)) for choice in choices]


def confident(choices: list[str]) -> list[bool]:
    return [not HEDGE.search(choice) for choice in choices]


def absolute(choices: list[str]) -> list[bool]:
    return [bool(ABSOLUTE.search(choice)) for choice in choices]


def without_absolute_words(choices: list[str]) -> list[bool]:
    return [not ABSOLUTE.search(choice) for choice in choices]


def first(choices: list[str]) -> list[bool]:
    return [number == 0 for number in range(len(choices))]


def middle(choices: list[str]) -> list[bool]:
    return [0 < number < len(choices) - 1 for number in range(len(choices))]


def last(choices: list[str]) -> list[bool]:
    return [number == len(choices) - 1 for number in range(len(choices))]


GUESSERS = [
    *(with_reason, without_reason, longest, shortest, hedged, confident),
    *(absolute, without_absolute_words, first, middle, last),
]


def advantage(guesser: Guesser, asked: list[Asked]) -> float:
    """Return the points (of 100) that a guesser has above chance in the mean question."""
    points = []
    for question in asked:
        kept = guesser(question.choices)
        if not any(kept):
            kept = [True] * len(kept)
        hit = kept[question.right] / sum(kept)
        points.append(100 * (hit - 1 / len(kept)))
    return sum(points) / len(points)


@pytest.mark.parametrize("guesser", GUESSERS, ids=lambda guesser: guesser.__name__)
def test_a_guesser_of_all_questions_scores_no_more_than_chance(guesser: Guesser) -> None:
    asked = [question for page in PAGES for question in questions(page)]
    assert asked
    points = advantage(guesser, asked)
    assert points <= MOST_POINTS, (
        f"who picks by {guesser.__name__!r} scores {points:.0f} points above chance in "
        f"{', '.join(PAGES)}; right choices with this form: {told_by(guesser, asked)}"
    )


@pytest.mark.parametrize("guesser", [longest, shortest, with_reason, without_reason])
@pytest.mark.parametrize("page", PAGES)
def test_a_guesser_of_one_chapter_scores_not_much_more_than_chance(
    page: str, guesser: Guesser
) -> None:
    asked = questions(page)
    if len(asked) < FEWEST:
        return
    points = advantage(guesser, asked)
    assert points <= MOST_POINTS, (
        f"who picks by {guesser.__name__!r} scores {points:.0f} points above chance in {page}; "
        f"right choices with this form: {told_by(guesser, asked)}"
    )


def told_by(guesser: Guesser, asked: list[Asked]) -> list[str]:
    """Return the right choices that a guesser keeps while it strikes out another choice."""
    told = []
    for question in asked:
        kept = guesser(question.choices)
        if kept[question.right] and not all(kept):
            told.append(question.choices[question.right])
    return told


def test_a_guesser_who_sees_the_form_of_right_choices_is_found() -> None:
    easy = [Asked("?", ["yes, because of it", "no", "maybe"], 0), Asked("?", ["a", "b", "cc"], 2)]
    assert advantage(with_reason, easy) == pytest.approx(100 / 3)
    assert advantage(longest, easy) == pytest.approx(200 / 3)
    assert advantage(without_reason, easy) == pytest.approx(-100 / 6)
    assert told_by(longest, easy) == ["yes, because of it", "cc"]
