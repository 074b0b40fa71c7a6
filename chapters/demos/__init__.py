"""The computations, figures and controls of the course's demos.

A chapter imports `ask` and `interact`, which show a question or a demo, and the demos themselves:

    show/           the machinery: controls, frames, questions, style
    nets/           networks, optimizers and pictures of digits that several chapters share
    losses/         the demos of chapter 1, a module for each; then a folder for each chapter:
    backprop/  optimizers/  regularization/  schedules/  activations/  together/

A demo consists of pure NumPy functions, which do not use Matplotlib, and of `draw_…` functions,
which do not use widgets. `show.interact` calls the same `draw_…` on the site and in JupyterLab.
A demo imports only from its own folder, `nets`, `show.style` and `show.numerals`.
"""

from .show.ask import ask
from .show.interact import interact

__all__ = ["ask", "interact"]
