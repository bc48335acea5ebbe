"""Reads for screens: plain functions of a session that return frozen rows, never tables."""
