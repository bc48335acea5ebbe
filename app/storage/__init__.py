"""The encrypted store: engine, unit of work, change capture guard, queries for screens, migrations."""
