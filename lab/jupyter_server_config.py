"""The settings of the server behind `make lab`, `make grade` and the student kit."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import course_validator

course_validator.install()
