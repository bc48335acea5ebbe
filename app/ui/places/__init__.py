"""The places of the team."""
