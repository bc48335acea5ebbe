"""How hard a text is to read: LIX, words a sentence plus the share of words longer than six letters (Björnsson)."""

import re

LONG = 6
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_END = re.compile(r"[.!?:\n]+")


def lix(text: str) -> float:
    """Return the text's LIX; a line of its own is a sentence, as on a poster."""
    words = _WORD.findall(text)
    sentences = [part for part in _END.split(text) if _WORD.search(part)]
    if not words:
        return 0.0
    long_words = [word for word in words if len(word) > LONG]
    return len(words) / len(sentences) + 100 * len(long_words) / len(words)
