"""What the pages show beyond Jupyter Book and the theme.

- mathematics: formulas as MathML; mathml makes one, and corrects what some browser draws badly
- numbers: the number of each chapter before its title
- access: names for screen readers, tables for arrow keys, code that wraps, pages that print
- progress: the places where `progress.js` says what a reader has done
- questions: a veil over the figure below a question, until the reader has chosen
- exercise_pages: the bar below the title of an exercise, and a frame for each cell
- workbench: what an exercise that is solved on its page needs: a bar, buttons, and files
- live_cells: the buttons of chapters whose code runs on the page, and the code for it
- sections: about how high each section is, for browsers that lay it out later
- concept_map: the picture on the page of concepts
- search: the text that the search page searches
- sharing: descriptions and pictures for shared links, the start and 404 pages, the sitemap
- content_policy: which scripts a page may run, and which files it may load
"""
