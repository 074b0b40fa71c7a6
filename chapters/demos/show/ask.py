"""Self-check questions that explain every choice, without a kernel or a script."""

from __future__ import annotations

import html
import random
import re

_CODE = re.compile(r"`([^`]+)`")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_EMPHASIS = re.compile(r"(?<![\w*^])\*(?=\w)([^*<\\]+)\*(?![\w*])")  # not across code or formulas
_MATH = re.compile(r"\$([^$]+)\$")


class Question:
    """A question and its choices, each with an explanation; `name` is its id on the page."""

    def __init__(
        self, question: str, right: dict[str, str], wrong: dict[str, str], veil: bool = True
    ) -> None:
        self.question = question
        self.name = f"ask-{random.Random(question).getrandbits(32):08x}"
        self.right = right
        self.wrong = wrong
        self.veil = veil

    def _repr_html_(self) -> str:
        choices = [*self.right, *self.wrong]
        random.Random(self.question).shuffle(choices)  # the same order in every build
        return (
            f'<div class="ask" id="{self.name}"{" data-veil" if self.veil else ""} role="group" '
            f'aria-labelledby="{self.name}-question">'
            f'<p class="ask-question" id="{self.name}-question">{_inline(self.question)}</p>'
            f"{''.join(self._choice(choice) for choice in choices)}</div>"
        )

    def _choice(self, choice: str) -> str:
        verdict, why = (
            ("right", self.right[choice]) if choice in self.right else ("wrong", self.wrong[choice])
        )
        start = "Yes. " if verdict == "right" else "No: "
        return (
            f'<details class="ask-{verdict}" name="{self.name}">'
            f"<summary>{_inline(choice)}</summary><p>{start}{_inline(why)}</p></details>"
        )


def ask(
    question: str, *, right: dict[str, str], wrong: dict[str, str], veil: bool = True
) -> Question:
    """Show a self-check question; a reader who picks a choice sees its explanation.

    On the site, a veil covers the next figure until the reader has picked a choice. In JupyterLab
    there is none, because the reader runs the cell of the figure after the question.

    Args:
        question: the question. Texts may contain `code`, **bold**, *emphasis* and $mathematics$.
        right: the right choice, with the reason why it is right.
        wrong: each wrong choice, with "**Name of the misconception.** Why it is wrong."
        veil: whether to cover the next figure; False if nothing of it answers the question at its
            start, or if the reader has to see it to understand the question.

    Raises:
        ValueError: if there is no right or no wrong choice, or a misconception has no name.
    """
    if not right or not wrong:
        raise ValueError(f"{question!r} needs a right and a wrong choice")
    for choice, why in wrong.items():
        if not why.startswith("**"):
            raise ValueError(
                f"the wrong choice {choice!r} must begin with its misconception's **name.**"
            )
    return Question(question, right, wrong, veil)


def _inline(text: str) -> str:
    """Return a sentence as HTML; formulas are marked as in Sphinx, so that MathJax finds them."""
    text = html.escape(text, quote=False)
    text = _MATH.sub(r'<span class="math notranslate nohighlight">\\(\1\\)</span>', text)
    text = _CODE.sub(r"<code>\1</code>", text)
    text = _BOLD.sub(r"<strong>\1</strong>", text)
    return _EMPHASIS.sub(r"<em>\1</em>", text)
