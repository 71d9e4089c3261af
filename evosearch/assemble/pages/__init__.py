"""The report of a ranking as one file: gathers what it shows, has it drawn, and writes it."""
