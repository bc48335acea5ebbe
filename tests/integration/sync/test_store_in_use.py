"""People go on working while a synchronisation writes to the same store."""

import threading

from sqlalchemy import func, select

from app.models.organisation import Place
from app.sync import repair
from app.sync.tallies import forget


def test_edits_and_a_synchronisation_at_the_same_time_get_in_nobodys_way(mette, jens):
    places = [jens.place(f"{number}") for number in range(30)]
    jens.sync()
    mine = mette.place("Mit")
    problems: list[Exception] = []
    done = threading.Event()
    edits = 0

    def work() -> None:
        nonlocal edits
        while not done.is_set() and edits < 200:
            try:
                mette.edit(Place, mine.id, note=str(edits))
                edits += 1
            except Exception as problem:  # noqa: BLE001 - whatever it is, the test shows it
                problems.append(problem)
                return

    worker = threading.Thread(target=work)
    worker.start()
    for _ in range(6):
        mette.sync()
    done.set()
    worker.join()
    assert problems == []
    assert edits > 0
    assert mette.sync().is_safe
    assert len(mette.all(Place)) == len(places) + 1
    jens.sync()
    assert jens.get(Place, mine.id).note == str(edits - 1)


def test_an_edit_while_tables_are_counted_waits_and_both_are_written(mette, monkeypatch):
    mine = mette.place("Mit")
    mette.sync()
    with mette.store.session() as session:
        forget(session, ["place"])
        session.commit()
    edit = threading.Thread(target=lambda: mette.edit(Place, mine.id, note="Ny"))
    count = repair.differing

    def counted(session, server):
        assert session.scalar(select(func.count(Place.id)))
        edit.start()
        edit.join(2)
        return count(session, server)

    monkeypatch.setattr(repair, "differing", counted)
    mette.sync()
    edit.join()
    monkeypatch.undo()
    assert mette.get(Place, mine.id).note == "Ny"
    assert mette.sync().is_safe
