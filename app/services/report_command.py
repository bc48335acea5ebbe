"""`python main.py report NAME`: the same figures as on the screen, without a window.

They come from this laptop's store, which asks for its passphrase, or from what `python -m server report` printed.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from app.clock import SystemClock, today
from app.documents.report_pdf import ReportContent, report_pdf
from app.documents.spreadsheet import report_xlsx
from app.domain.access_chain import Action
from app.domain.reports.as_of import end_of
from app.domain.reports.everything import NAMES, half_year
from app.domain.reports.participations import Cohort
from app.domain.reports.plain import as_csv, as_document, from_json
from app.domain.reports.suppression import for_outside
from app.domain.reports.table import Report
from app.error_text import sentence_for
from app.errors import AppError, KnownProblem
from app.i18n import format_day, language, use_language
from app.models.local import Device
from app.security.attempts import unlock_slowly
from app.services.compute_reports import ComputeReports, compute_reports
from app.services.given_passphrase import add_passphrase_options, given_passphrase
from app.services.let_out import Leaving, note_leaving, write_out
from app.services.rekey_store import open_after_rekeying
from app.settings import KEY_FILE_NAME, data_directory
from app.storage.engine import Store

FORMATS = ("json", "pdf", "xlsx", "csv")
ALL = "all"


def main(arguments: Sequence[str]) -> int:
    """Return 0 where every check holds, 1 where one does not, 2 where there is no report to be had."""
    options = _parser().parse_args(arguments)
    use_language(options.language)
    try:
        reports, cooperation = _from_file(options.figures) if options.figures else _from_store(options)
        written = _written(reports, cooperation, options.format, is_inside=options.inside)
        _put(written, options.output)
    except AppError as problem:
        sentence = sentence_for(problem)
        sys.stderr.write(f"{sentence.title} {sentence.text}\n")
        return 2
    return 0 if all(check.holds for report in reports for check in report.checks) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python main.py report", description=__doc__)
    parser.add_argument("name", choices=(*NAMES, ALL), help="which report")
    first, last = half_year(today(SystemClock()))
    parser.add_argument("--from", dest="since", type=date.fromisoformat, default=first, metavar="YYYY-MM-DD")
    parser.add_argument("--to", dest="until", type=date.fromisoformat, default=last, metavar="YYYY-MM-DD")
    parser.add_argument("--format", choices=FORMATS, default="json")
    parser.add_argument(
        "--cohort",
        choices=[cohort.value for cohort in Cohort],
        default=Cohort.JOINED.value,
        help="count who joined a course in the period, or whose course ended in it (default: %(default)s)",
    )
    parser.add_argument(
        "--as-of",
        type=date.fromisoformat,
        default=None,
        metavar="YYYY-MM-DD",
        help="count what was recorded up to the end of this day, and see it from there",
    )
    parser.add_argument(
        "--inside", action="store_true", help="show small numbers and names: the report must not leave the unit"
    )
    parser.add_argument("--output", type=Path, default=None, metavar="FILE", help="write here, not to standard output")
    parser.add_argument("--folder", type=Path, default=None, metavar="DIR", help="the store's folder (default: ours)")
    add_passphrase_options(parser)
    parser.add_argument(
        "--figures", type=Path, default=None, metavar="FILE", help="the JSON that the server printed; - reads it here"
    )
    parser.add_argument("--language", choices=("da", "en", "system"), default="system")
    return parser


def _from_store(options: argparse.Namespace) -> tuple[tuple[Report, ...], str]:
    folder = options.folder or data_directory()
    passphrase = given_passphrase(options)
    clock = SystemClock()
    store = open_after_rekeying(folder, unlock_slowly(folder / KEY_FILE_NAME, passphrase, clock=clock))
    try:
        as_of = None if options.as_of is None else end_of(options.as_of)
        command = ComputeReports(
            since=options.since,
            until=options.until,
            today=options.as_of or today(clock),
            cohort=Cohort(options.cohort),
            as_of=as_of,
            names=() if options.name == ALL else (options.name,),
            names_wanted=options.inside,
        )
        with store.session() as reading:
            reports = compute_reports(command, reading)
        return reports, _log(store, reports, is_inside=options.inside)
    finally:
        store.close()


def _log(store: Store, reports: tuple[Report, ...], *, is_inside: bool) -> str:
    """Write into the access log that reports left the store, and return the cooperation's name."""
    with store.session() as reading:
        device = reading.query(Device).one_or_none()
    if device is None:
        return ""
    people: dict[str, None] = {}
    for table in (table for report in reports for table in report.tables if table.is_inside_only and is_inside):
        people.update(dict.fromkeys(table.behind))
    what = "reports: " + ", ".join(report.key for report in reports)
    with store.unit_of_work(actor=device.user_id, clock=SystemClock()) as work:
        note_leaving(Leaving(what, (None, *people)), Action.EXPORT, work=work)
    return device.cooperation_name


def _from_file(path: Path) -> tuple[tuple[Report, ...], str]:
    try:
        written = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        content = json.loads(written.decode("utf-8-sig"))
        return tuple(map(from_json, content["reports"])), str(content.get("cooperation", ""))
    except OSError as problem:
        raise KnownProblem("file-unreadable", file=path.name) from problem
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise KnownProblem("not-a-report") from problem


def _written(reports: tuple[Report, ...], cooperation: str, kind: str, *, is_inside: bool) -> bytes:
    told = reports if is_inside else tuple(map(for_outside, reports))
    if kind == "json":
        content = as_document(cooperation, told, with_people=is_inside)
        return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode("utf-8")
    if kind == "xlsx":
        return report_xlsx(told, language=language())
    if kind == "csv":
        return as_csv(*told)
    made = format_day(today(SystemClock()))
    return report_pdf(
        ReportContent(language=language(), reports=told, cooperation=cooperation, made=made, is_inside=is_inside)
    )


def _put(content: bytes, output: Path | None) -> None:
    if output is not None:
        write_out(output, content)
        return
    try:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except OSError as problem:
        raise KnownProblem("not-written", file="-") from problem
