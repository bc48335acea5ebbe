"""What is typed behind a command is taken where it can be meant, to its very bounds, and refused beyond them."""

from argparse import ArgumentTypeError
from collections.abc import Callable

import pytest

from server.typed_in import (
    a_log_format,
    a_municipality_code,
    a_name,
    a_port,
    days_ago,
    hours_ago,
    hours_ahead,
    one_or_more,
)


@pytest.mark.parametrize(
    ("meant", "typed", "taken"),
    [
        (a_name, "  Røgfri på Tværs ", "Røgfri på Tværs"),
        (a_name, "å" * 200, "å" * 200),
        (a_municipality_code, "0101", "0101"),
        (hours_ahead, "0.5", 0.5),
        (hours_ahead, "8784", 8784),
        (hours_ago, "0", 0),
        (hours_ago, "8784", 8784),
        (days_ago, "0", 0),
        (days_ago, "36600", 36600),
        (a_port, "0", 0),
        (a_port, "65535", 65535),
        (one_or_more, "1", 1),
        (one_or_more, "999999", 999999),
        (a_log_format, "json", "json"),
    ],
)
def test_what_can_be_meant_is_taken_to_its_very_bounds(
    meant: Callable[[str], object], typed: str, taken: object
) -> None:
    assert meant(typed) == taken


@pytest.mark.parametrize(
    ("meant", "typed"),
    [
        (a_name, "  "),
        (a_name, "å" * 201),
        (a_name, "Røgfri\nTværs"),
        (a_name, "Røgfri\x00"),
        (a_municipality_code, "101"),
        (a_municipality_code, "01011"),
        (a_municipality_code, "٠١٠١"),
        (hours_ahead, "0"),
        (hours_ahead, "8784.1"),
        (hours_ahead, "nan"),
        (hours_ahead, "soon"),
        (hours_ago, "-0.1"),
        (hours_ago, "8784.1"),
        (days_ago, "-1"),
        (days_ago, "36600.5"),
        (days_ago, "inf"),
        (a_port, "65536"),
        (a_port, "-1"),
        (a_port, "٨٠"),
        (one_or_more, "0"),
        (one_or_more, "1000000"),
        (one_or_more, "1.5"),
        (a_log_format, "xml"),
    ],
)
def test_what_cannot_be_meant_is_refused(meant: Callable[[str], object], typed: str) -> None:
    with pytest.raises(ArgumentTypeError):
        meant(typed)
