"""Work of jobs that is done again: batches after a conflict, halves after an error."""

from psycopg2 import InterfaceError, OperationalError

from odoo.exceptions import ConcurrencyError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

RETRIES = 5
#: What says that somebody else wrote at the same time.
CONCURRENT = (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError)


class Redo:
    """Call batches; after a serialization failure look again, with fresh eyes.

    Odoo's transactions read what was committed before they began, so the one that
    comes second fails. What the batch did is rolled back: it must have committed
    nothing. Raises the failure once it came more than RETRIES times in all.
    """

    def __init__(self, env):
        self.env = env
        self.failures = 0

    def __call__(self, batch, *args):
        """Return what the batch returns, with all that it left to be written."""
        while True:
            try:
                result = batch(*args)
                self.env.flush_all()
                return result
            except CONCURRENT:
                self.env.cr.rollback()
                self.env.invalidate_all()
                self.failures += 1
                if self.failures > RETRIES:
                    raise


def halve(env, items, act, fail):
    """Act on all items at once; when that fails, on halves, down to one.

    ``fail(item, error)`` is called for one that fails alone. What comes of two people
    who write the same rows, or of a lost connection, is not for halving: it is raised.
    """
    try:
        with env.cr.savepoint():
            act(items)
            env.flush_all()
    except (ConcurrencyError, InterfaceError, OperationalError):
        raise
    except Exception as error:
        env.invalidate_all()
        if len(items) == 1:
            fail(items[0], error)
            return
        half = len(items) // 2
        halve(env, items[:half], act, fail)
        halve(env, items[half:], act, fail)
