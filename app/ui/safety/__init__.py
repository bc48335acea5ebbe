"""Passphrases, recovery code, backups and key of this laptop."""
