"""A statement counts days as the rest of the program does, by the calendar in Denmark."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, create_engine, delete, insert, select

from app.clock import day_of
from app.models.base import Moment
from app.storage.danish_day import danish_day

AT = Table("at", MetaData(), Column("moment", Moment))
TURNS = [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)]


@pytest.fixture(scope="module")
def connection():
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        AT.create(connection)
        yield connection
    engine.dispose()


def counted(connection, moments):
    connection.execute(insert(AT), [{"moment": moment} for moment in moments])
    days = dict(connection.execute(select(AT.c.moment, danish_day(AT.c.moment))).all())
    connection.execute(delete(AT))
    return days


def test_a_call_after_midnight_is_one_of_the_new_day_in_summer_and_in_winter(connection):
    winter, summer = datetime(2026, 11, 23, 23, 30, tzinfo=UTC), datetime(2026, 6, 23, 22, 30, tzinfo=UTC)
    days = counted(connection, [winter, summer, winter - timedelta(hours=1)])
    assert days == {winter: "2026-11-24", summer: "2026-06-24", winter - timedelta(hours=1): "2026-11-23"}


def test_every_night_of_twelve_years_is_of_the_day_that_clocks_say(connection):
    first = datetime(2020, 1, 1, 21, 59, tzinfo=UTC)
    moments = [first + timedelta(days=days, hours=hours) for days in range(12 * 366) for hours in range(4)]
    assert counted(connection, moments) == {moment: day_of(moment).isoformat() for moment in moments}


@given(
    st.one_of(
        st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC)),
        st.builds(
            lambda turn, seconds: turn + timedelta(seconds=seconds), st.sampled_from(TURNS), st.floats(-9e4, 9e4)
        ),
    )
)
def test_whatever_the_moment_to_its_last_fraction(connection, moment):
    assert counted(connection, [moment]) == {moment: day_of(moment).isoformat()}
