"""UnionCat: one shared catalogue out of many libraries' records."""

__version__ = "0.1.0"
