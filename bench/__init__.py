"""Measurements against other programs in the same run: ``make bench``, or ``python -m bench NAME …``."""
