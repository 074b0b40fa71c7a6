"""The demos of chapter 2, Cross-entropy versus squared error."""
