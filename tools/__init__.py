"""What the Makefile needs beside the packages: a browser, a port, an exchange."""
