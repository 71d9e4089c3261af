"""Facts about a series of bars, from its times and columns alone: pure numpy, no files.

`lengths` finds how long a bar is; `calendar` the periods a market trades a year; `gaps` counts
missing bars by the `rhythm` of a series; `oddities` and `jumps` say what is valid but odd; `clock`
forms longer bars.
"""
