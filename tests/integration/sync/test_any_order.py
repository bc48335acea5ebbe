"""Whatever two laptops do in whatever order over whatever line: they end alike, and no typed value is gone."""

import tempfile
from contextlib import ExitStack, nullcontext, suppress
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import KnownProblem
from app.models.local import OutboxEntry
from app.models.organisation import Place
from app.models.smoking import Conflict
from tests.integration.sync.desk import Desk, a_desk
from tests.integration.sync.line import Line, serving

WHO = st.integers(0, 1)
FIELDS = st.sampled_from(["note", "address"])
PATHS = st.sampled_from(["/v1/exchange", "/v1/look", "/v1/handshake", "/v1/push", "/v1/pull", "/v1/receipt"])
FAULTS = st.sampled_from(["cut-before", "cut-within", "cut-after", "twice", "busy"])
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), WHO),
        st.tuples(st.just("edit"), WHO, FIELDS),
        st.tuples(st.just("sync"), WHO),
        st.tuples(st.just("disturbed"), WHO, PATHS, FAULTS),
    ),
    min_size=4,
    max_size=14,
)


def what_stands(desk: Desk) -> dict[str, tuple[str, str]]:
    return {place.id: (place.note, place.address) for place in desk.all(Place)}


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(actions=ACTIONS)
def test_two_laptops_end_alike_and_nothing_typed_is_gone(cooperation, actions):
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        desks, lines = [], []
        for user in ("mette", "jens"):
            desk = a_desk(folder, cooperation, user)
            stack.callback(desk.store.close)
            line = Line(desk.url, token=desk.device.token)
            desk.url = stack.enter_context(serving(line))
            desks.append(desk)
            lines.append(line)
        desks[0].place()
        desks[0].sync()
        desks[1].sync()
        for number, (action, who, *more) in enumerate(actions):
            desk = desks[who]
            if action == "add":
                desk.place(f"{number}")
            elif action == "edit":
                desk.edit(Place, desk.all(Place)[0].id, **{more[0]: f"{who}/{number}"})
            else:
                lines[who].faults[:] = [tuple(more)] if more else []
                with suppress(KnownProblem) if more else nullcontext():
                    desk.sync()
        for line in lines:
            line.faults.clear()
        for desk in (*desks, *desks):
            report = desk.sync()
            assert report.is_safe
        assert what_stands(desks[0]) == what_stands(desks[1])
        shown = {row.contender_value for row in desks[0].all(Conflict)}
        for desk in desks:
            for entry in desk.all(OutboxEntry):
                assert entry.state in ("acknowledged", "conflict")
                # What did not stand beside somebody else's value is shown to both.
                if entry.state == "conflict":
                    assert shown & set(entry.fields.values())
