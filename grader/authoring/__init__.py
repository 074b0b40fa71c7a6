"""What authors of exercises keep to: `python -m grader check`.

    source.py   reads a solution notebook: its tasks, and what each cell is for
    rules.py    the rules, one function each; its docstring says the rule

CONTRIBUTING.md has the same sentences, and the tests apply the same rules to every notebook.
"""
