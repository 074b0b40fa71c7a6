"""Grades a download of a learning platform: `python -m grader grade`.

    a folder or a zip
        -> archives       copies it and unpacks zips, within limits; zip_names decodes names
        -> whose_file     finds the student of each file; platforms has the names that platforms
                          give, student_ids makes ids from names
        -> plan           chooses the assignment and each student's notebook
        -> grade          has the notebooks graded, or dry_run shows the plan
        -> marks          writes the row of each student
        -> return_tables  writes what the platform takes back

The result is a folder with `marks.csv` and a page of feedback for each student. A module imports
only what stands above it, `grader.notebook` and `grader.nbgrader_steps`, and `plan` also imports
the rows of `marks`. Only `__main__` and `nbgrader_hooks` import from here.
"""
