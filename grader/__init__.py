"""nbgrader's course folder for the exercises, and the Python package that grades them.

From an exercise to its marks:

    solutions/ ── release ──> release/ ── practice ──> a student's copy
                                                              │
                                     ┌────────────────────────┴───┐
                           nbgrader's exchange      a download of a learning platform
                                     │                            │
                                     │                upload/, then nbgrader_steps
                                     ▼                            │
    mistakes/ ──> engine/  executes hand-ins behind walls <───────┘
                     │
                     ▼
    the gradebook, autograded/ and the journal
           │                       │
           ▼                       ▼
    student_feedback/           report/
    a page for each student     a page for the class

A module imports only from its own line and from the lines above it:

    course     the exercises, the folders, nbgrader's configuration
    notebook   reads a hand-in                  harmless_html   removes what acts in a browser
        notebook_size   limits its size             timed_cleaning   does that in little time
        matching        tells its cells         plain_text      makes text safe to show
        moved_answers   finds answers beside their cells
    mistakes/  known wrong answers
    engine/    nbgrader's autograde; its docstring shows the processes and who is trusted
    report/    student_feedback/
    nbgrader_steps   nbgrader's commands, called from Python
    release    upload/    practice
    nbgrader_hooks   replaces parts of nbgrader; nbgrader_config.py installs it
    solutions  authoring/   for authors: runs the solution notebooks, and checks their rules
    __main__   the commands of `python -m grader`

The engine mounts this file behind the wall, so it holds no secret and imports nothing.
"""


class GraderError(Exception):
    """A person can correct this; the message says in a sentence what is wrong and what to do."""
