"""Papers on the screen: a preview of the very PDF, and the ways to take it along."""
