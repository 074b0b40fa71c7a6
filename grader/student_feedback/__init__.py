"""The page that a student gets back. It replaces nbgrader's, which shows the hidden checks.

    an autograded notebook, the gradebook
        -> page               sorts the cells into sections and blocks
        -> sources            what can be said about a failed check without its run
        -> feedback.html.j2   lays them out as one HTML file

`nbgrader_config.py` names the classes of `page`. It imports `grader.harmless_html`,
`grader.notebook` and, from the engine, only `messages`.
"""
