"""Close the day: what is unsent, sending it, and the receipt."""
