"""What helps a student before the hand-in: copies to work on, checks that answer, and hints.

    desk       copies the chapters and the released notebooks into practice/
    student    the module `practice` that lies beside each released notebook: `check` and `hint`
    shipping   makes that module and its data, practice.json, from the sources below
    *.toml     for each solution notebook: the calls that `check` makes, and the hints

`make release` writes the module and the data. The data hold the results of these calls for the
right answer and for each known mistake of `grader.mistakes`, the sentences, and no code.
"""
