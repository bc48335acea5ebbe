"""Start Pusterum's commands: `python main.py read-message FILE… --json`."""

import sys
from collections.abc import Sequence

USAGE = """usage: python main.py read-message FILE… --json [--language da|en]

  read-message   say what MedCom letters hold, one JSON object a letter, without opening any store"""


def main(arguments: Sequence[str]) -> int:
    """Run the named command and return its exit status; 2 where there is no such command."""
    if arguments and arguments[0] == "read-message":
        from app.exchange.medcom.command import main as read_message  # noqa: PLC0415 - imports on demand

        return read_message(list(arguments[1:]))
    sys.stdout.write(USAGE + "\n")
    return 0 if arguments and arguments[0] in ("-h", "--help") else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
