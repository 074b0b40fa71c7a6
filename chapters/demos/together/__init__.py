"""The demos of chapter 7, Putting it together."""
