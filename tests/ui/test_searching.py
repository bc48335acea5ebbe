"""What is written above a list, and which rows it leaves."""

import pytest

from app.ui.widgets import fits

DAY = "20\xa0Nov\xa02026 10:00"


@pytest.mark.parametrize(
    "written", ["", "anne", "HANSEN anne", "ans nn", "20 nov", "20 Nov 2026", "20\xa0Nov\xa02026", "10:0"]
)
def test_what_was_written_stands_within_the_words_of_a_row(written):
    assert fits(written, ("Anne Hansen", DAY))


@pytest.mark.parametrize("written", ["20 Nov 2026", "anne anne", "hansen jensen"])
def test_each_word_that_was_written_stands_in_another_word_of_the_row(written):
    assert not fits(written, ("Anne Hansen", "24\xa0Nov\xa02026 10:00"))
