"""The version of evosearch."""

__version__ = "0.1.0"
