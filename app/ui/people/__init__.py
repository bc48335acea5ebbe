"""Everybody on this laptop, filtered as one types."""
