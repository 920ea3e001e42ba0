"""Crosswalks as tables, and code lists as data files."""
