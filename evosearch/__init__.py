"""evosearch: genetic search on any number of machines, merged into one honest ranking."""

__version__ = "0.1.0"
