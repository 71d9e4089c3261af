"""Times of a file, in any form that people write, as microseconds since 1970 UTC.

`zones` knows offsets and summer times.
"""
