"""Scripts in pages that a person opens later. A script that runs writes `HARM` into the title."""

from .attack import HandIn, attack

SCRIPT = "document.title=`HARM`"
TAG = f"<script>{SCRIPT}</script>"
IMAGE = f'<img src="none" onerror="{SCRIPT}">'
_BREAK = f'1">{TAG}'


def _display(student: HandIn, *results: dict[str, str]) -> None:
    student.last("\n".join(f"display({result!r}, raw=True)" for result in results))


@attack(stock="succeeds")
def displays_a_script(student: HandIn) -> None:
    """The result of a cell is HTML with a script."""
    frame = f"<iframe srcdoc='<script>parent.{SCRIPT}</script>'></iframe>"
    _display(student, {"text/html": TAG}, {"text/html": IMAGE}, {"text/html": frame})


@attack(stock="resists")
def displays_a_picture_with_a_script(student: HandIn) -> None:
    """The result of a cell is an SVG picture with a script."""
    picture = '<svg xmlns="http://www.w3.org/2000/svg"'
    _display(
        student,
        {"image/svg+xml": f"{picture}>{TAG}</svg>"},
        {"image/svg+xml": f'{picture} onload="{SCRIPT}"></svg>'},
    )


@attack(stock="succeeds")
def displays_javascript(student: HandIn) -> None:
    """The results of a cell are of kinds that a notebook executes."""
    _display(
        student,
        {"application/javascript": SCRIPT},
        {"text/markdown": IMAGE},
        {"text/latex": IMAGE},
        {"application/vnd.jupyter.widget-view+json": f"</script>{TAG}"},
    )


@attack(stock="resists")
def names_a_picture_strangely(student: HandIn) -> None:
    """The data and the width of a picture end their attribute and start a script."""
    _display(student, {"image/png": f'"><script>{SCRIPT}</script>'}, {"image/jpeg": f'" {IMAGE}'})
    student.last(
        f"display({{'image/png': 'AAAA'}}, raw=True, "
        f"metadata={{'image/png': {{'width': {_BREAK!r}, 'alt': {_BREAK!r}}}}})"
    )


@attack(stock="resists")
def writes_a_script_into_its_text(student: HandIn) -> None:
    """A text cell contains HTML with a script."""
    student.say(f"{TAG}\n\n{IMAGE}\n\n[click](javascript:{SCRIPT})")


@attack(stock="resists")
def prints_a_script(student: HandIn) -> None:
    """A script is in a stream, in an error's message and in an error's name."""
    student.answer(f"def norm(x):\n    raise ValueError({IMAGE!r})")
    student.last(
        f"""
        class Strange(Exception): pass

        print({IMAGE!r})
        Strange.__name__ = {IMAGE!r}
        raise Strange({IMAGE!r})
        """
    )


@attack(stock="resists")
def hides_a_script_in_its_metadata(student: HandIn) -> None:
    """A script is in the metadata: the title, the language, the tags and the widgets."""
    student.notebook.metadata.title = f"</title>{TAG}"
    student.notebook.metadata.language_info = {"name": f'python">{TAG}'}
    student.notebook.metadata.widgets = {
        "application/vnd.jupyter.widget-state+json": {"state": {"a": f"</script>{TAG}"}}
    }
    student.cell("norm").metadata.tags = [f'a">{TAG}']
    student.say("text")
    student.notebook.cells[-1].metadata.tags = [f'a">{TAG}']
