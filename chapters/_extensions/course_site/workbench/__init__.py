"""Python in the reader's browser, so that readers can practice on the page itself.

    runtime_files    writes what a browser downloads, once a reader asks for Python
    library          which files of Python, NumPy and Matplotlib these are
    wasm             cuts the WebAssembly module, and limits its memory
    bootstrap        runs in the browser: runs cells, shows figures and errors

The other side is in `chapters/_static/workbench/`: `runtime.js` is what the pages use, and
`worker.js` runs Python.
"""
