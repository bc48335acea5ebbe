"""The rules of the profession: pure functions of small frozen values, today an argument."""
