"""The demos of chapter 4, Regularization."""
