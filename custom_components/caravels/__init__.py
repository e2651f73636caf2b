"""A household's seat in its energy community.

`common` beside this file is the member's whole behaviour, mirrored from the operator's source by script/mirror. The
Home Assistant shell that gives it meters, devices and a screen is not here yet: this folder cannot be set up.
"""
