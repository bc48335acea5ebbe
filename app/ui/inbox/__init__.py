"""Messages that came in: dropped on the window or found in a folder, read, and made into referrals."""
