"""Syncing beside PouchDB and Anki: the same steps, in turn, in one run; bytes of the first push and pull too.

The steps are those by which the goals were set: 200 records that lie apart are changed, and a synchronisation with
nothing to do is that of whoever has sent everything, after somebody else has fetched it. Anki then goes through its
whole exchange; asked once more it only compares two moments, which stands in a line of its own and has no goal.
"""

from bench.measuring import Goal, Result
from bench.peers.passes import CHANGED, STEPS, PeerMissingError, Step, anki, pouch
from bench.sync_fleet import Fleet, a_fleet, another, edit, lying_apart, records, sync, write
from tests.integration.sync.desk import Desk

NAME = "sync"
RECORDS = 20_000
GOALS = {
    "push-first": (Goal("pouch", 0.25), Goal("anki", 1.0)),
    "pull-first": (Goal("pouch", 0.2), Goal("anki", 0.77)),
    "push-200": (Goal("pouch", 0.25), Goal("anki", 1.2)),
    "pull-200": (Goal("pouch", 0.25), Goal("anki", 1.2)),
    "nothing": (Goal("pouch", 0.35), Goal("anki", 1.0)),
}
BYTES = {
    "bytes-first-push": (Goal("pouch", 0.16), Goal("anki", 0.8)),
    "bytes-first-pull": (Goal("pouch", 0.35), Goal("anki", 0.85)),
}


def run(rounds: int) -> list[Result]:
    """Run whole passes of each in turn."""
    passes: dict[str, list[dict[str, Step]]] = {"pusterum": [], "pouch": [], "anki": []}
    missing: list[str] = []
    with a_fleet() as fleet:
        for turn in range(rounds + 1):
            for name in list(passes):
                try:
                    made = _ours(fleet) if name == "pusterum" else pouch(RECORDS) if name == "pouch" else anki(RECORDS)
                except PeerMissingError as reason:
                    missing.append(f"{name}: {reason}")
                    del passes[name]
                    continue
                if turn:
                    passes[name].append(made)
        counted = anki(RECORDS, counted=True) if "anki" in passes else None
    note = "; ".join((*missing, "a whole synchronisation is timed, with handshake and signed receipt"))
    found = [
        Result(f"sync {step}", "s", {name: [one[step].seconds for one in each] for name, each in passes.items()},
               GOALS.get(step, ()), note)
        for step in STEPS
    ]  # fmt: skip
    for name, step in (("bytes-first-push", "push-first"), ("bytes-first-pull", "pull-first")):
        figures = {
            side: [float(one[step].up + one[step].down) for one in each]
            for side, each in passes.items()
            if any(one[step].up for one in each)
        }
        if counted is not None:
            figures["anki"] = [float(counted[step].up + counted[step].down)] * rounds
        found.append(Result(f"sync {name}", "bytes", figures, BYTES[name], note))
    return found


def _ours(fleet: Fleet) -> dict[str, Step]:
    fresh = another(fleet.server, fleet.folder)
    mette, jens = fresh.laptop("mette"), fresh.laptop("jens")
    write(mette, records(RECORDS, fresh.cooperation.north))
    steps: dict[str, Step] = {}

    def step(name: str, desk: Desk) -> None:
        done = sync(desk)
        assert done.report.is_safe
        steps[name] = Step(done.seconds, done.up, done.down)

    step("push-first", mette)
    step("pull-first", jens)
    edit(mette, lying_apart(mette, CHANGED), "changed")
    step("push-200", mette)
    step("pull-200", jens)
    step("nothing", mette)
    step("nothing-again", mette)
    mette.store.close()
    jens.store.close()
    return steps
