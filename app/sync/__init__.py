"""Changes up, rows down, and a receipt at the end."""
