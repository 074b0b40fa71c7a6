"""Grades a download of a learning platform: `python -m grader grade`.

    a folder or a zip
        -> whose_file   unpacks zips and finds the student of each file
        -> grade        chooses the assignment and each student's notebook, and has them graded
        -> marks        writes the row of each student

The result is a folder with `marks.csv` and a page of feedback for each student. `grade` imports the
two other modules, `grader.notebook` and `grader.nbgrader_steps`; only `__main__` and
`nbgrader_hooks` import from here.
"""
