"""Commands for those who work on the course, most of them called by the Makefile.

- serve, browser, exchange: what `make serve`, `make test` and `make lab` start
- bench_site, bench_grading, screenshots: what `make` measures and photographs
- anchors, math_font: what writes files that are committed
- book: where the built book is, which pages it has, and a server for it
"""
