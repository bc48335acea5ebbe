"""The colours of everything on paper, as shares of red, green and blue; they print alike and tell apart in grey."""

from typing import Final

Colour = tuple[float, float, float]

INK: Final[Colour] = (0.129, 0.227, 0.239)
TEAL: Final[Colour] = (0.176, 0.400, 0.408)
QUIET: Final[Colour] = (0.353, 0.447, 0.447)
SAGE: Final[Colour] = (0.573, 0.678, 0.639)
WARM: Final[Colour] = (0.839, 0.604, 0.404)
WHITE: Final[Colour] = (1, 1, 1)


def mix(colour: Colour, share: float, other: Colour = WHITE) -> Colour:
    """Return `share` of a colour mixed into another; real colours print alike everywhere, transparency does not."""
    red, green, blue = (share * own + (1 - share) * of for own, of in zip(colour, other, strict=True))
    return red, green, blue


LINE: Final = mix(QUIET, 0.35)
MIST: Final = mix(TEAL, 0.07)
