"""Referrals: who waits for a first call, and taking a new one in."""
