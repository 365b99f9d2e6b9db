"""What every command of bin/ shares: one sentence on failure, a clean stop."""

import signal
import sys

from .errors import SetupError

STOPS = (signal.SIGTERM, signal.SIGHUP)


class Stopped(KeyboardInterrupt):
    """This process alone was told to stop, not everything on its terminal."""

    only_here = True


def run(main):
    """Call main with the arguments; exit with its code or with one sentence."""
    for number in STOPS:
        signal.signal(number, _stop)
    try:
        sys.exit(main(sys.argv[1:]))
    except SetupError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _stop(_number, _frame):
    for number in STOPS:  # a second one would interrupt the cleaning up
        signal.signal(number, lambda _number, _frame: None)
    raise Stopped
