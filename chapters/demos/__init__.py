"""What the figures of the course compute, draw and control.

A chapter imports `ask` and `interact`, with which it shows things, and the modules that it shows:

    show/           the machinery: controls, frames, questions, style
    nets/           networks, optimizers and pictures of digits that several chapters share
    losses/         chapter 1, and so on: a folder for each chapter, a module for each demo
    backprop/  optimizers/  regularization/  schedules/  activations/  together/

A demo has pure NumPy functions, which know no Matplotlib, and `draw_…` functions, which know no
widgets. `show.interact` calls the same `draw_…` on the site and in JupyterLab. A demo may use
`nets`, `show.style` and `show.numerals`, and demos of its own and of earlier chapters.
"""

from .show.ask import ask
from .show.interact import interact

__all__ = ["ask", "interact"]
