"""What evosearch is measured against, and how: see README.md in this folder.

Nothing of this belongs to the package. Peers are installed beside it by ``make bench`` only.
"""
