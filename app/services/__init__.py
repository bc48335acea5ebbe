"""Use cases: one command, one function, one transaction, one returned change set."""
