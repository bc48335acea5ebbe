"""The coordinator's reports: one page, one button, and the people behind every number."""
