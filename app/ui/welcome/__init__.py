"""The first screen on a laptop that has no records yet."""
