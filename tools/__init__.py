"""What the Makefile calls: set-up, translation, the played day, pictures."""
