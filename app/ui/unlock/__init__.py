"""The screen that stands before the records."""
