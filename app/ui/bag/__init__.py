"""The bag: packed in the morning, counted in the evening."""
