"""The page that a student gets back, in place of nbgrader's, which shows hidden checks."""
