"""The diploma as it will be printed."""
