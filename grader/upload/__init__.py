"""From a download of a learning platform to a table of marks and a page for each student."""
