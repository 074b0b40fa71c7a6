"""Programs for those who work on the course; the Makefile calls most of them.

- serve, browser, exchange: `make serve`, `make test` and `make lab` start them
- bench_site, bench_grading: measure the pages and the grading
- screenshots: takes pictures of every page
- anchors, math_font: write files that are committed
- book: the folder of the built book, its pages, and a server for it
"""
