"""Calls, messages and tasks as the screens show them: words, the row of a task, the form of an attempt."""
