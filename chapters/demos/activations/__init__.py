"""The demos of chapter 6, Activations."""
