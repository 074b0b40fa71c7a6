"""The grading engine: walled kernels, the exam boundary, and nbgrader's autograde over them."""
