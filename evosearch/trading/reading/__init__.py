"""Files of prices, read into a table that names the place of each row.

`parsing` reads a file: `files` says what its bytes are and turns them into cells, `recognise`
decides which column is what, and `times` reads the moments. `tables` holds the rows and collects
what was found in them. `layout`, `settings` and `shape` are the records that say how to read.
`missing` lists the texts that stand for no value; `buffers` passes arrays to and from Arrow.
"""
