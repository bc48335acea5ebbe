"""How much a synchronisation sends and fetches at once, and for how long it goes on repairing."""

LARGEST_BATCH = 5_000
SMALL_BATCH = 1_000
"""Changes in the first and in the last of several batches: for these two the other side has to wait."""
LARGEST_BATCH_BYTES = 4 * 1024 * 1024
"""Bytes of JSON, which become a few hundred thousand on the wire: below what proxies usually let through."""
SLOW_SECONDS = 8.0
"""A batch that took longer makes the next one half as large; what is cut off then costs little to send again."""
PAGE = 5_000
"""Rows in a page that is fetched, and in an answer to a repair."""
MOST_AT_ONCE = 1_000
MOST_BYTES_AT_ONCE = 256 * 1024
"""What is sent with the handshake, in one request for all: a day's work, a few seconds of the thinnest link."""
REPAIRS = 20
"""Rounds of repair for one table before the difference is left for the next synchronisation."""
