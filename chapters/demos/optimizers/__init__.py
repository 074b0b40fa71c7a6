"""The demos of chapter 3, Optimizers."""
