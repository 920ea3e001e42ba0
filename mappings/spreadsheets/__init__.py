"""Spreadsheets of libraries, XLSX and CSV: read, understood, and handed back with a note in every row."""
