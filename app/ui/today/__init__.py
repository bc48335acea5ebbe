"""Today: what the day holds."""
