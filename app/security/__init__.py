"""Keys, users, roles, lock and access log."""
