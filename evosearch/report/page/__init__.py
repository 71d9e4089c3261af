"""The report's page: one HTML file that needs nothing from elsewhere.

`records` has what a page is made of. Pictures are drawn in the room beside this one.
"""
