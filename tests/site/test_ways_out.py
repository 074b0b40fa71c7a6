"""The links that leave the book follow Jupyter Book's own settings."""

import json
from pathlib import Path

import pytest
import yaml
from checkout import ROOT
from course_site.pages import exercise_pages, ways_out

PAGE = "grader/release/01_loss_functions/loss_functions"
REPOSITORY = {"repository": {"url": "https://github.com/school/course/", "branch": "fall"}}
BUTTONS = {
    "colab_url": "https://colab.research.google.com",
    "jupyterhub_url": "https://hub.school.example/",
    "binderhub_url": "https://mybinder.org",
}


@pytest.mark.parametrize("options", [{}, {"launch_buttons": BUTTONS}, REPOSITORY])
def test_without_the_settings_there_are_no_links(options: dict[str, object]) -> None:
    assert ways_out.launches(options, PAGE) == {}


def test_the_settings_of_jupyter_book_give_the_links() -> None:
    assert ways_out.launches({**REPOSITORY, "launch_buttons": BUTTONS}, PAGE) == {
        "Open it in JupyterHub": "https://hub.school.example/hub/user-redirect/git-pull?"
        "repo=https%3A%2F%2Fgithub.com%2Fschool%2Fcourse&branch=fall"
        f"&urlpath=lab/tree/course/{PAGE}.ipynb",
        "Open it in Colab": "https://colab.research.google.com/github/school/course/blob/fall/"
        f"{PAGE}.ipynb",
        "Open it in Binder": f"https://mybinder.org/v2/gh/school/course/fall?labpath={PAGE}.ipynb",
    }


def test_an_exercise_page_shows_them() -> None:
    links = exercise_pages.bar(PAGE, {"Open it in Colab": "https://example.org/?a=1&b=2"}, [])
    assert '<a href="https://example.org/?a=1&amp;b=2">Open it in Colab</a>' in links


def test_an_error_is_reported_where_the_repository_is() -> None:
    assert ways_out.report({}, "chapters/index") == ""
    assert ways_out.report(REPOSITORY, "chapters/index") == (
        "https://github.com/school/course/issues/new?title=Error+on+chapters%2Findex"
    )


def test_the_repository_opens_elsewhere_ready_to_use() -> None:
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))
    assert container["postCreateCommand"].startswith("make setup")
    binder = Path(ROOT / ".binder")
    assert "-r ../requirements.txt" in (binder / "requirements.txt").read_text(encoding="utf-8")
    assert (binder / "postBuild").stat().st_mode & 0o111, "Binder runs postBuild as a program"
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    book = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert citation["title"] == book["title"]
