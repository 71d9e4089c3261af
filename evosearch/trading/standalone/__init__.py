"""One strategy as a file of Python that runs without evosearch.

`strategy` is that file, with an example at its top; `render` puts a found strategy there.
"""
