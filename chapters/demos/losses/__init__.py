"""The demos of chapter 1, Loss functions."""
