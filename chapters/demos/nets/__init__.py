"""Networks, optimizers and pictures of digits that the demos of several chapters share."""
