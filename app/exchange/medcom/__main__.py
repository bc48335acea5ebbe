"""Run the command on its own: `python -m app.exchange.medcom FILE… --json`."""

import sys

from app.exchange.medcom.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
