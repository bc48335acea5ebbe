"""One pass of Anki, run by an interpreter that has it: `python anki_client.py ADDRESS FOLDER`.

A visit is a note with one card. After each step it prints a line and waits for one, so that bytes can be counted apart.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from anki.collection import AddNoteRequest, Collection
from anki.sync_pb2 import SyncCollectionResponse as Answer


def step(name: str, what: Callable[[], Any]) -> None:
    """Do it, say how long it took, and wait until the bytes have been counted."""
    began = time.perf_counter()
    what()
    print(json.dumps({"step": name, "seconds": time.perf_counter() - began}), flush=True)
    sys.stdin.readline()


def whole(collection: Any, who: Any, *, upload: bool) -> None:
    """Move the whole collection, as at the very first synchronisation."""
    collection.sync_collection(who, False)
    collection.close_for_full_sync()
    collection.full_upload_or_download(auth=who, server_usn=None, upload=upload)
    collection.reopen(after_full_sync=True)


def by_record(collection: Any, who: Any) -> None:
    """Synchronise record by record, both ways."""
    answer = collection.sync_collection(who, False)
    assert answer.required in (Answer.NO_CHANGES, Answer.NORMAL_SYNC), answer.server_message


def main(address: str, folder: Path) -> None:
    """Run the pass."""
    visits = json.loads((folder / "visits.json").read_text(encoding="utf-8"))
    names = list(visits[0])
    first, second = Collection(str(folder / "first.anki2")), Collection(str(folder / "second.anki2"))
    kind = first.models.new("visit")
    for name in names:
        first.models.add_field(kind, first.models.new_field(name))
    card = first.models.new_template("card")
    card["qfmt"], card["afmt"] = "{{id}}", "{{note}}"
    first.models.add_template(kind, card)
    kind_id = first.models.add_dict(kind).id
    who = first.sync_login("u", "p", address)
    whole(first, who, upload=True)
    whole(second, who, upload=False)
    deck = first.decks.get_current_id()
    notes = []
    for visit in visits:
        note = first.new_note(first.models.get(kind_id))
        note.fields = [str(visit[name]) for name in names]
        notes.append(AddNoteRequest(note=note, deck_id=deck))
    first.add_notes(notes)
    step("begin", lambda: None)
    step("push-first", lambda: by_record(first, who))
    step("pull-first", lambda: by_record(second, who))
    assert second.note_count() == len(visits)
    changed = [first.get_note(found) for found in list(first.find_notes(""))[:: max(1, len(visits) // 200)][:200]]
    for note in changed:
        note.fields[-1] += "1"
    first.update_notes(changed)
    step("changed", lambda: None)
    step("push-200", lambda: by_record(first, who))
    step("pull-200", lambda: by_record(second, who))
    step("nothing", lambda: by_record(first, who))
    step("nothing-again", lambda: by_record(first, who))
    first.close()
    second.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
