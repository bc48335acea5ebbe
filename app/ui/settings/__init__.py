"""The laptop's own settings."""
