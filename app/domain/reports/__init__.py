"""The coordinator's figures: pure computations over plain rows, shared by the laptop and the server."""
