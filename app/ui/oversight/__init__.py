"""The coordinator's page: laptops, the access log, and records whose time is up."""
