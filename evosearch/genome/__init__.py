"""Genomes: from a gene to a 128-bit id.

`genes` and `choices` define one parameter each, and `space` puts them together. `layout` is the
space as arrays. `canonical` brings a genome into its one form, `identity` computes its id.
"""
