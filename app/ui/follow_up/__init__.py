"""The work list of calls six months after."""
