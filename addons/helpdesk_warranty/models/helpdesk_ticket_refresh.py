from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.helpdesk_sla_policy.retry import Redo

CRON = "helpdesk_warranty.ir_cron_refresh_coverage"
BATCH = 500


class HelpdeskTicket(models.Model):
    """Coverage that changes without anybody touching the ticket (R-A9).

    Contracts that begin and end by time are found by their dates; edits of contracts,
    plans, policies and causes leave a request. Both are worked off in batches, each
    committed: what is cut off goes on where it was.
    """

    _inherit = "helpdesk.ticket"

    def _judge_coverage_again(self):
        """Have the coverage of these tickets computed again."""
        for field in self.pool.field_computed[self._fields["coverage"]]:
            self.env.add_to_compute(field, self)

    def _judge_coverage_together(self):
        """Judge these with an edit; several that are not covered share one mail."""
        self._judge_coverage_again()
        self._merge_uncovered_mails()

    def _judge_coverage_in_bulk(self):
        """Judge a batch again and track what changed, in a few statements for all."""
        before = {ticket: ticket.coverage for ticket in self}
        quiet = self.with_context(tracking_disable=True)
        quiet._judge_coverage_again()
        quiet._recompute_recordset(["coverage"])
        changed = self.filtered(lambda ticket: ticket.coverage != before[ticket])
        changed._track_coverage(before)
        self._merge_uncovered_mails(at_once=False)

    def _judge_coverage_or_list(self):
        """Judge a batch again; what cannot be judged is listed and stops no other."""
        cron = self.env.ref(CRON).sudo()
        self.env["helpdesk.job.failure"]._attempt(
            cron, self, lambda part: part._judge_coverage_in_bulk()
        )

    def _track_coverage(self, before):
        """Track the coverage of many tickets as a change of each one would be."""
        tracked = self.fields_get(["coverage"], ["string", "type", "selection"])
        messages = self._message_log_batch(bodies=dict.fromkeys(self.ids, ""))
        rows = []
        for ticket, message in zip(self, messages, strict=True):
            _names, commands = ticket._mail_track(tracked, {"coverage": before[ticket]})
            rows += [
                {**values, "mail_message_id": message.id} for *_code, values in commands
            ]
        self.env["mail.tracking.value"].sudo().create(rows)

    @api.model
    def _cron_refresh_coverage(self):
        """Judge what edits concern, then what turned by time, batch by batch.

        Tickets that cannot be judged are listed, and come first the next time.
        """
        cron, redo = self.env["ir.cron"], Redo(self.env)
        failures = self.env["helpdesk.job.failure"]
        if not failures._work_again(CRON, self, lambda t: t._judge_coverage_in_bulk()):
            return
        requests = self.env["helpdesk.coverage.refresh"]
        while request := requests._take():
            ticket_ids = request._find_ticket_ids()
            cron._commit_progress(remaining=len(ticket_ids))
            for start in range(0, len(ticket_ids), BATCH):
                batch = ticket_ids[start : start + BATCH]
                redo(request._judge, batch)
                self.env.invalidate_all()
                if not cron._commit_progress(len(batch)):
                    return
            request.unlink()
            self._call_for_uncovered_mails()
            cron._commit_progress()
        while done := redo(self._refresh_outdated):
            more = done if done == BATCH else 0
            if not cron._commit_progress(done, remaining=more):
                return

    @api.model
    def _refresh_outdated(self):
        """Judge a batch of tickets whose contract turned; return how many."""
        ticket_ids = self._find_outdated_coverage(BATCH)
        self.browse(ticket_ids)._judge_coverage_or_list()
        self.env.flush_all()
        self.env.invalidate_all()
        return len(ticket_ids)

    @api.model
    def _get_unjudged_ids(self):
        """Return the ids of the tickets that this job could not judge."""
        cron = self.env.ref(CRON).sudo()
        return list(self.env["helpdesk.job.failure"]._get_failed_ids(cron, self._name))

    @api.model
    def _find_outdated_coverage(self, limit):
        """Return the ids of open tickets that were judged before their contract turned.

        Extended by what else changes coverage by time alone.
        """
        now = fields.Datetime.now()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT ticket.id
                  FROM helpdesk_support_contract contract
                  JOIN helpdesk_ticket ticket ON ticket.contract_id = contract.id
                  JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id
                 WHERE NOT coalesce(stage.closed, false)
                   AND (contract.ends_at <= %(now)s
                        AND ticket.coverage_at < contract.ends_at
                        OR contract.starts_at <= %(now)s
                        AND ticket.coverage_at < contract.starts_at)
                   AND NOT ticket.id = ANY(%(failed)s)
                 ORDER BY ticket.id
                 LIMIT %(limit)s
                """,
                now=now,
                limit=limit,
                failed=self._get_unjudged_ids(),
            )
        )
        return [ticket_id for (ticket_id,) in rows]
