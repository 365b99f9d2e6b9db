"""What every command of bin/ shares: one sentence on failure, a clean stop."""

import signal
import sys

from .errors import SetupError


def run(main):
    """Call main with the arguments; exit with its code or with one sentence."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        sys.exit(main(sys.argv[1:]))
    except SetupError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _interrupt(_number, _frame):
    raise KeyboardInterrupt
