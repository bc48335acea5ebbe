"""Start Pusterum, or one of its commands."""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

from app.security.core_dumps import leave_no_core
from app.security.temporary_files import keep_in_memory

USAGE = """usage: python main.py [COMMAND]        where it was installed as a package: pusterum [COMMAND]

  (nothing)      open the application
  read-message FILE… [--json] [--language da|en]
                 say what MedCom letters hold, with --json one object a letter, without opening any store
  verify [--folder DIR]
                 open the store with its passphrase and check the access log, entry by entry
  report NAME|all [--from DAY --to DAY] [--format json|pdf|xlsx|csv] [--output FILE]
                 the coordinator's figures, from the store or (--figures FILE) from what the server printed
  server COMMAND run the central server, or do one of its operator's tasks (server --help)

verify and report ask for the passphrase of the store, unless --passphrase-file FILE or --passphrase-stdin gives it in
its first line."""

_COMMANDS: Final = {
    "read-message": "app.exchange.medcom.command",
    "verify": "app.services.verify_log",
    "report": "app.services.report_command",
    "server": "server.command_line",
    # The window starts this one for papers and reports, and nobody else has a use for it.
    "apart": "app.apart.far_end",
}
"""The module whose `main` does it; it is imported for that alone, because the first screen needs none of them."""


def main(arguments: Sequence[str]) -> int:
    """Run the named command and return its exit status; 2 where there is no such command."""
    leave_no_core()
    if not arguments:
        return _open_the_application()
    if arguments[0] in _COMMANDS:
        status: int = import_module(_COMMANDS[arguments[0]]).main(list(arguments[1:]))
        return status
    sys.stdout.write(USAGE + "\n")
    return 0 if arguments[0] in ("-h", "--help") else 2


def _open_the_application() -> int:
    keep_in_memory()
    try:
        from app.bootstrap import run  # noqa: PLC0415 - the commands need no window
    except ImportError as problem:
        from app.no_window import missing_library, say_no_window  # noqa: PLC0415 - seldom needed

        library = missing_library(str(problem))
        if not library:
            raise
        say_no_window(library)
        return 1
    return run([])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
