"""Times of a file, in any form that people write, as microseconds since 1970 UTC.

`forms` finds where year, month and hour stand in a text, or `formats` is told so; `texts` reads
whole columns by such forms (`matrix`), `epochs` numbers, `arrays` what Arrow holds. `column`
decides what only a whole column can tell, `zones` knows offsets, `autumn` the hours that come
twice, `reasons` says what is wrong; `calendar` counts days and bounds years.
"""
