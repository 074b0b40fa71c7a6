"""The machinery that shows any figure with its controls, or any question."""
