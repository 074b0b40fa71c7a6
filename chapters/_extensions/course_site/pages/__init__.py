"""What the pages show beyond the theme; each module is a Sphinx extension of its own.

mathematics     formulas as MathML
access          names for screen readers, tables for arrow keys, pages that print whole
progress        the places for what a reader has read and answered
exercise_pages  the bar above an exercise
search          the text that the search page searches
sharing         titles, descriptions and pictures for shared links; 404 page; sitemap
content_policy  which scripts a page may run and which files it may load
"""
