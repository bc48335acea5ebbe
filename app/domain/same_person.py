"""Rows that turned out to be one person: which of them counts for all, without a database."""

from collections.abc import Mapping


def counts_for(merged_into: Mapping[str, str]) -> dict[str, str]:
    """Return for each row that counts for another which one that is: the last on the way that it was merged.

    `merged_into` says of every merged row into which one it was merged itself. Of rows that two laptops merged into one
    another none is the last, and the oldest counts for all of them: identifiers follow the time at which they are made.
    """
    found = {}
    for row_id in merged_into:
        way = [row_id]
        while (following := merged_into.get(way[-1])) is not None and following not in way:
            way.append(following)
        kept = way[-1] if following is None else min(way[way.index(following) :])
        if kept != row_id:
            found[row_id] = kept
    return found
