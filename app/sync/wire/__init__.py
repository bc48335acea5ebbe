"""What travels between laptop and server: the one door that both sides share."""
