"""The session sheet: ten people at a table."""
