"""Batches of a job that are done again when somebody wrote on the same rows."""

import psycopg2.errors

from odoo.exceptions import ConcurrencyError

RETRIES = 5
#: What says that somebody else wrote at the same time.
CONCURRENT = (psycopg2.errors.SerializationFailure, ConcurrencyError)


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
