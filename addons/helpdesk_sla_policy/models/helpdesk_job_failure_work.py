import logging

from psycopg2 import InterfaceError
from psycopg2.errors import AdminShutdown

from odoo import api, models

from ..retry import CONCURRENT, Redo, halve

_logger = logging.getLogger(__name__)


class HelpdeskJobFailure(models.Model):
    """How jobs work: batch by batch, each committed; what fails stops no other."""

    _inherit = "helpdesk.job.failure"

    @api.model
    def _work(self, cron_xmlid, items, act, size=1, more=0):
        """Let a job act on records, ``size`` of a company at once; commit each batch.

        An item is a record, or records that belong together. ``act(records)`` is
        called with those that nobody else has locked; it must look whether they are
        still to be done. Its mails say that they are automatic. What fails is listed
        and left to the next time, when it comes last and alone. Returns False when time
        is up; ``more`` is what the job will still have to do behind these items.
        """
        items = list(items)
        if not items:
            return True
        model = items[0]._name
        cron = self.env.ref(cron_xmlid).sudo()
        there = set(self.env[model].concat(*items).exists()._ids)
        items = [item for item in items if there.issuperset(item._ids)]
        known = self._get_failed_ids(cron, model)
        batches = self._split([i for i in items if not known & set(i._ids)], size)
        batches += [[item] for item in items if known & set(item._ids)]
        left = len(items) + more
        self.env["ir.cron"]._commit_progress(remaining=left)
        for batch in batches:
            self._work_on(cron, batch, act)
            left -= len(batch)
            if not self.env["ir.cron"]._commit_progress(len(batch), remaining=left):
                return not left
        return True

    @api.model
    def _work_again(self, cron_xmlid, model, act):
        """Let a job try first what it could not do the last time; see _work."""
        failed = self._get_failed_ids(self.env.ref(cron_xmlid).sudo(), model._name)
        return self._work(cron_xmlid, model.browse(sorted(failed)), act)

    @api.model
    def _work_long(self, cron_xmlid, records, work):
        """Let a job work on records one by one, where each takes batches of its own.

        ``work(record)`` commits its batches and returns False when time is up. One that
        fails is rolled back to its last batch and listed. Returns False when time is
        up.
        """
        cron = self.env.ref(cron_xmlid).sudo()
        for record in records:
            try:
                result = work(record)
                self.env.flush_all()
            except (InterfaceError, AdminShutdown):
                raise
            except Exception as error:
                self.env.cr.rollback()
                self.env.invalidate_all()
                self._record(cron, record, error)
            else:
                if result is False:
                    return False
                self._forget(cron, record)
            self.env["ir.cron"]._commit_progress()
        self.env["ir.cron"]._commit_progress(remaining=0)
        return True

    @api.model
    def _split(self, items, size):
        """Return lists of up to so many items of the same company, in their order."""
        groups = {}
        for item in items:
            groups.setdefault(self._get_company(item[:1]), []).append(item)
        return [
            group[start : start + size]
            for group in groups.values()
            for start in range(0, len(group), size)
        ]

    @api.model
    def _work_on(self, cron, batch, act):
        """Act on a batch; again after a conflict, and left when those do not end."""
        try:
            Redo(self.env)(self._act, cron, batch, act)
        except CONCURRENT:
            _logger.warning(
                "%s: others kept writing on %s, left to the next time", cron.name, batch
            )

    @api.model
    def _act(self, cron, batch, act):
        """Lock a batch and act on it; list what fails, forget what no longer does."""
        model = self.env[batch[0]._name]
        locked = set(
            model.concat(*batch).try_lock_for_update(allow_referencing=True)._ids
        )
        ready = [item for item in batch if locked.issuperset(item._ids)]
        if not ready:
            return
        company = self._get_company(ready[0][:1])
        here = model.with_company(company).with_context(helpdesk_automatic=True)
        self._attempt(cron, ready, lambda part: act(part.with_env(here.env)))

    @api.model
    def _attempt(self, cron, items, act):
        """Act on items in one go, else on halves; list what fails, and return it.

        ``act(records)`` is called with those of several items together. Nothing is
        locked or committed here. Raises what two people who write the same rows cause.
        """
        items, failed = list(items), []
        model = items[0].browse() if items else self

        def fail(item, error):
            failed.append(item)
            self._record(cron, item[:1], error)

        if items:
            halve(self.env, items, lambda part: act(model.concat(*part)), fail)
        done = [item for item in items if item not in failed]
        self._forget(cron, model.concat(*done))
        return failed

    @api.model
    def _get_company(self, record):
        """Return the company that a record is of, or none."""
        if "company_id" in record._fields:
            return record.sudo().company_id
        return self.env["res.company"]
