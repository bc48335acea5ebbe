"""How long a laptop works unseen: by the latest moment its clock ever showed."""

from datetime import UTC, datetime, timedelta

from app.domain.lease import Lease

SEEN = datetime(2026, 11, 1, 8, tzinfo=UTC)


def test_a_laptop_locks_when_its_days_are_over_and_not_a_moment_before() -> None:
    lease = Lease(SEEN, 30, SEEN)
    assert lease.ends_at == SEEN + timedelta(days=30)
    assert not lease.has_ended(SEEN + timedelta(days=30, seconds=-1))
    assert lease.has_ended(SEEN + timedelta(days=30))


def test_a_clock_that_is_set_back_gains_no_time() -> None:
    lease = Lease(SEEN, 30, SEEN + timedelta(days=31))
    assert lease.has_ended(SEEN)


def test_a_lease_without_days_never_ends() -> None:
    lease = Lease(SEEN, 0, SEEN)
    assert lease.ends_at is None
    assert not lease.has_ended(SEEN + timedelta(days=9999))
