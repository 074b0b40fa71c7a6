"""Grading for the course: nbgrader's course folder, and what `python -m grader` adds to it."""


class GraderError(Exception):
    """Something that a person can mend; the message says in a sentence what and how."""
