"""Show a figure with its controls, or a question; nothing here knows what is shown."""
