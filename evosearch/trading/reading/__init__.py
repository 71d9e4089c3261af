"""Files of prices, read into a table that names the place of each row.

`parsing` reads CSV and Parquet; `csv_lines` reads a CSV line by line where that is needed to say
what is wrong; `tables` holds the rows and collects the faults found in them.
"""
