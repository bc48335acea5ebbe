"""One person: the story at a glance."""
