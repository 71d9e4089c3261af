"""Genomes: from a gene to a 128-bit id.

`genes` and `choices` are what a space is made of, `space` puts them together, `layout` is the
space as arrays, `canonical` writes a genome in its one form, `identity` gives that form its id.
"""
