"""Make every document and every report on the invented data, in both languages, with a picture of each page.

`make documents` leaves them in `documents/da` and `documents/en`.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

OUT = Path("documents")
PICTURE_SCALE = 1.4
LANGUAGES = ("da", "en")


def _keys(work: Any) -> dict[str, list[str]]:
    """Return whom and what papers can be made of, by the kind of key that they ask for."""
    from sqlalchemy import select  # noqa: PLC0415 - after the environment is set

    from app.clock import today  # noqa: PLC0415
    from app.models.course import Attendance, Enrolment, Session  # noqa: PLC0415
    from app.models.medicine import Voucher  # noqa: PLC0415
    from app.models.organisation import Place, PlaceCycle, PlaceCycleStep  # noqa: PLC0415
    from app.models.person import Consent  # noqa: PLC0415
    from app.models.plan import NrtPlan, ReductionPlan  # noqa: PLC0415
    from app.models.smoking import Handout  # noqa: PLC0415

    ask = work.session.scalars
    people = [
        *ask(select(ReductionPlan.person_id).where(ReductionPlan.state == "active").order_by(ReductionPlan.id)),
        *ask(select(NrtPlan.person_id).where(NrtPlan.state == "active").order_by(NrtPlan.id)),
        *ask(select(Voucher.person_id).order_by(Voucher.id)),
        *ask(select(Attendance.person_id).where(Attendance.status == "present").order_by(Attendance.id).limit(200)),
    ]
    said_yes = select(Consent.person_id).where(Consent.answer == "given")
    enrolments = ask(select(Enrolment.id).where(Enrolment.person_id.in_(said_yes)).order_by(Enrolment.id.desc()))
    coming = PlaceCycleStep.cycle_id == PlaceCycle.id, PlaceCycleStep.state == "planned"
    places = [
        *ask(
            select(PlaceCycle.place_id)
            .where(*coming, PlaceCycleStep.step.like("cafe%"), PlaceCycleStep.planned_on >= today(work.clock))
            .order_by(PlaceCycle.id)
        ),
        *ask(select(Place.id).order_by(Place.name)),
    ]
    sessions = [
        *ask(select(Session.id).where(Session.state == "planned").order_by(Session.held_on)),
        *ask(select(Session.id).where(Session.state == "closed").order_by(Session.held_on.desc())),
    ]
    given = ask(select(Handout.session_id).where(Handout.session_id.is_not(None)).order_by(Handout.id.desc()).limit(20))
    return {
        "person": people,
        "enrolment": list(enrolments),
        "place": places,
        "session": sessions,
        "handouts": [key for key in given if key is not None],
    }


def _first(keys: Iterable[str], make: Any) -> Any:
    """Return what is made of the first key that has something to print, or None."""
    from app.errors import RuleRefusal  # noqa: PLC0415

    for key in dict.fromkeys(keys):
        try:
            return make(key)
        except RuleRefusal:
            continue
    return None


def _papers(work: Any, language: str) -> Iterable[tuple[str, bytes]]:
    from app.ids import new_id  # noqa: PLC0415
    from app.services.issue_diploma import IssueDiploma, issue_diploma  # noqa: PLC0415
    from app.services.make_document import MakeDocument, Paper, make_document  # noqa: PLC0415
    from app.services.write_letter import DraftLetter, draft_letter  # noqa: PLC0415

    keys = _keys(work)
    asks_for = {
        Paper.ATTENDANCE: keys["session"],
        Paper.SESSION_HANDOUTS: keys["handouts"],
        Paper.POSTER: keys["place"],
        Paper.PLACE_HANDOUTS: keys["place"],
        Paper.TYPING: keys["enrolment"],
    }
    for paper in Paper:
        if paper is Paper.LETTER:
            continue
        candidates = asks_for.get(paper, keys["person"])
        made = _first(candidates, lambda key, paper=paper: make_document(MakeDocument(paper, key, language), work=work))
        if made is not None:
            yield paper.value, made.pdf
    for kind in ("gp", "referrer"):
        drafted = _first(
            keys["enrolment"], lambda key, kind=kind: draft_letter(DraftLetter(key, kind, language), work=work)
        )
        if drafted is not None:
            yield f"letter-{kind}", make_document(MakeDocument(Paper.LETTER, drafted.letter_id), work=work).pdf
    diploma_id = new_id(work.clock)
    issued = _first(keys["enrolment"], lambda key: issue_diploma(IssueDiploma(key, language, diploma_id), work=work))
    if issued is not None:
        yield "diploma", issued.pdf


def _reports(work: Any, language: str, folder: Path) -> Iterable[tuple[str, bytes]]:
    import json  # noqa: PLC0415
    from datetime import date  # noqa: PLC0415

    from app.clock import today  # noqa: PLC0415
    from app.documents.report_pdf import ReportContent, report_pdf  # noqa: PLC0415
    from app.documents.spreadsheet import report_xlsx  # noqa: PLC0415
    from app.domain.reports.plain import as_csv, as_json  # noqa: PLC0415
    from app.domain.reports.suppression import for_outside  # noqa: PLC0415
    from app.i18n import format_day, in_language  # noqa: PLC0415
    from app.services.compute_reports import ComputeReports, compute_reports  # noqa: PLC0415
    from app.storage.queries.papers import writer  # noqa: PLC0415

    day = today(work.clock)
    by = writer(work.session, work.actor)
    with in_language(language):
        command = ComputeReports(since=date(day.year, 1, 1), until=day, today=day)
        reports = tuple(map(for_outside, compute_reports(command, work.session)))
        made = f"{format_day(day)}, {by.name}"
        for report in reports:
            content = ReportContent(language=language, reports=(report,), cooperation=by.cooperation, made=made)
            (folder / f"report-{report.key}.xlsx").write_bytes(report_xlsx([report], language=language))
            (folder / f"report-{report.key}.csv").write_bytes(as_csv(report))
            (folder / f"report-{report.key}.json").write_text(
                json.dumps(as_json(report), ensure_ascii=False, indent=2), encoding="utf-8"
            )
            yield f"report-{report.key}", report_pdf(content)
        whole = ReportContent(language=language, reports=reports, cooperation=by.cooperation, made=made)
        yield "reports", report_pdf(whole)


def _keep(folder: Path, name: str, pdf: bytes) -> int:
    """Write a PDF with the pictures of its pages, and return how many those are."""
    from PySide6.QtGui import QImage  # noqa: PLC0415

    from app.documents.preview import page_picture, page_sizes  # noqa: PLC0415

    (folder / f"{name}.pdf").write_bytes(pdf)
    pages = len(page_sizes(pdf).pages)
    for number in range(pages):
        picture = page_picture(pdf, number, PICTURE_SCALE)
        image = QImage(picture.rgba, picture.width, picture.height, picture.width * 4, QImage.Format.Format_RGBA8888)
        image.save(str(folder / f"{name}-{number + 1:02d}.png"))
    return pages


def main(arguments: list[str] | None = None) -> int:
    """Make them all, and say how many."""
    argparse.ArgumentParser(prog="python -m tools.documents", description=__doc__.splitlines()[0]).parse_args(arguments)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from app.models.local import Device  # noqa: PLC0415 - after the environment is set
    from tests.trial_laptop import CLOCK, COORDINATOR, make_laptop, opened  # noqa: PLC0415

    shutil.rmtree(OUT, ignore_errors=True)
    for language in LANGUAGES:
        # A laptop for each language: a letter and a diploma stay in the language that they were made in.
        with tempfile.TemporaryDirectory(prefix="pusterum-documents-") as home:
            make_laptop(Path(home) / "data", user=COORDINATOR)
            store = opened(Path(home) / "data")
            with store.session() as session:
                user_id = session.query(Device).one().user_id
            folder = OUT / language
            folder.mkdir(parents=True)
            with store.unit_of_work(actor=user_id, clock=CLOCK) as work:
                made = {name: _keep(folder, name, pdf) for name, pdf in _papers(work, language)}
                made |= {name: _keep(folder, name, pdf) for name, pdf in _reports(work, language, folder)}
            store.close()
            print(f"{folder}: {len(made)} documents, {sum(made.values())} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
