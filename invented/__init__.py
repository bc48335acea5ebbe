"""An invented cooperation of realistic size and shape, the same for the same number."""
