"""Programmes: every rule with value, unit, source and period, and the coordinator's new version of them."""
