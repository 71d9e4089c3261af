"""The bytes of a file of prices, on their way to numbers.

`containers` tells by its first bytes what a file is, and `refused` names what cannot be read;
`streams` unpacks and decodes within limits. `csv_fast` reads text in batches, and `csv_lines`
reads it line by line where that is needed to say what is wrong. `arrow_tables` reads Parquet and
Feather. All of them hand their batches to `gathering`, which turns the cells of `batches` into
rows; `numbers` reads them.
"""
