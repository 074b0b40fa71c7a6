"""What the figures of the course compute, draw and control.

A chapter imports the two functions that it shows things with, and the modules that it draws from.
"""

from .ask import ask
from .interact import interact

__all__ = ["ask", "interact"]
