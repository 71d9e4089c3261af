"""One script for each row of the table of targets; each can be run alone."""
