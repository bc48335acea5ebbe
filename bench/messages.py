"""Read MedCom messages, everything in them, beside bare lxml parsing of the same files."""

from lxml import etree

from app.exchange.medcom.letter import Letter
from app.exchange.medcom.reading import read_letters
from bench.measuring import OF_SHORT_ONES, Goal, Result, in_turn
from invented.messages import typical_messages

NAME = "messages"
GOALS = (Goal("bare lxml", 3.0),)
TIMES = 25
"""How often the forty messages are read in one round: a thousand in all."""


def run(rounds: int) -> Result:
    """Read a thousand referrals, closing notes and correspondence letters as they come, declaration and all."""
    files = typical_messages()
    for content in files:
        (letter,) = read_letters(content)
        assert isinstance(letter, Letter)

    def ours() -> None:
        for content in files * TIMES:
            read_letters(content)

    def theirs() -> None:
        for content in files * TIMES:
            etree.fromstring(content)

    figures = in_turn(max(rounds, OF_SHORT_ONES), ours, bare_lxml=theirs)
    count = len(files) * TIMES
    middle = sorted(figures["pusterum"])[len(figures["pusterum"]) // 2]
    size = sum(map(len, files)) / len(files)
    note = f"{count / middle:,.0f} messages a second on one core, {size:,.0f} bytes on average."
    return Result(NAME, "s", figures, GOALS, note)
