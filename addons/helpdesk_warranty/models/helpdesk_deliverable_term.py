from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.helpdesk_sla_policy.rulebook import Rulebook

from .. import terms

GRACE = timedelta(seconds=terms.GRACE)
BATCH = 100


class HelpdeskDeliverable(models.Model):
    """Delivery, the term of acceptance and its end, the next version (R-B5)."""

    _inherit = "helpdesk.deliverable"

    def action_deliver(self):
        """Deliver to the customer by mail and portal; the term of acceptance starts.

        Without an answer until the close of the policy's term silence accepts,
        where the policy says so (R-B5). A delivery whose notice came back may be
        repeated. Raises UserError when it was delivered before, or when nobody of
        the customer could answer.
        """
        self.check_access("write")
        deliverables = self.sudo()
        for deliverable in deliverables:
            if deliverable.delivered_at and not deliverable.notice_failed:
                raise UserError(
                    self.env._("%s has been delivered already.", deliverable.name)
                )
            deliverable._check_answerers()
        deliverables._deliver(fields.Datetime.now())

    def action_withdraw(self):
        """Take back deliveries that wait for their answer: their terms count no more.

        Raises UserError when one was answered, or when its ticket or authorisation
        is what is taken back.
        """
        self.check_access("write")
        for deliverable in self:
            if deliverable.state != "delivered":
                raise UserError(
                    self.env._(
                        "%s waits for no answer: there is nothing to withdraw.",
                        deliverable.display_name,
                    )
                )
            if deliverable.kind == "ticket" or deliverable._asks_for_hours():
                raise UserError(
                    self.env._(
                        "%s follows its ticket or its authorisation: reopen the ticket "
                        "or withdraw the authorisation instead.",
                        deliverable.display_name,
                    )
                )
        self.sudo()._withdraw(fields.Datetime.now())

    def action_redeliver(self):
        """Make the next version of what was rejected or withdrawn, to be corrected."""
        self.ensure_one()
        withdrawn = self.state == "withdrawn" and self.kind != "ticket"
        if self.state != "rejected" and not withdrawn:
            raise UserError(
                self.env._("Only a rejected or withdrawn version is delivered again.")
            )
        self.check_access("write")
        version = self.sudo().next_ids[:1] or self.sudo()._make_version()
        return version.sudo(False)._get_records_action()

    def _make_version(self):
        """Return a new draft that takes the place of this version."""
        return self.copy(
            {
                "number": self.number,
                "version": self.version + 1,
                "previous_id": self.id,
            }
        )

    def _deliver(self, moment, later=False):
        """Record the delivery at a naive UTC moment, start the terms, tell customers.

        With ``later`` the mails are left to a job: many tickets were solved at once.
        """
        policies = self.env["helpdesk.sla.policy"]
        for (policy, version), group in self.grouped(
            lambda d: (d.ticket_id.sla_policy_id, d.version)
        ).items():
            silent = bool(policy) and policies._silence_accepts(policy.id, version)
            group.write(
                {
                    "acceptance_deadline": False,
                    "delivered_at": moment,
                    "notice_due": "delivery" if later else False,
                    "notice_failed": False,
                    "noticed_at": False,
                    "silence_accepts": silent,
                }
            )
        for timer in self._start_terms("acceptance", moment):
            timer.deliverable_id.acceptance_deadline = timer.breach_at
        self.previous_id._get_terms("correction")._stop_term(moment)
        self._log("delivered", at=moment)
        if later:
            self._wake_notices()
        else:
            self._send_notices("delivery")

    def _get_terms(self, metric):
        return self.timer_ids.filtered(lambda timer: timer.metric == metric)

    def _get_promise(self, metric):
        """Return the Promise of a term of this deliverable, or None."""
        ticket = self.ticket_id
        if not ticket.sla_policy_id:
            return None
        return self.env["helpdesk.sla.policy"]._get_term(
            ticket.sla_policy_id.id,
            metric,
            self.kind,
            ticket.priority,
            ticket.type_id.id,
            self.company_id.id,
        )

    def _start_terms(self, metric, moment):
        """Start the timers of a term that the policy promises; return them."""
        timers = self.env["helpdesk.sla.timer"].sudo()
        rulebook = Rulebook(self.env)
        rows = []
        for deliverable in self:
            promise = deliverable._get_promise(metric)
            if promise:
                rows.append(
                    timers._prepare_term(deliverable, metric, promise, moment, rulebook)
                )
        return timers.create(rows)

    def _lock(self):
        """Wait for whoever answers or decides these, timers first as the sweep does.

        Raises SerializationFailure when they changed since this transaction began:
        a request or the sweep then starts again and sees the change.
        """
        self.env.flush_all()
        for query in (
            "SELECT id FROM helpdesk_sla_timer WHERE deliverable_id = ANY(%s) "
            "ORDER BY id FOR UPDATE",
            "SELECT id FROM helpdesk_deliverable WHERE id = ANY(%s) "
            "ORDER BY id FOR UPDATE",
        ):
            self.env.execute_query(SQL(query, sorted(self.ids)))
        self.invalidate_recordset()
        self.timer_ids.invalidate_recordset()

    # The end of the term

    def _end_term(self, now):
        """Count silence as acceptance at the end of the term; return what it accepts.

        Those that silence does not accept, or whose notice never left, are given to
        an agent. The rows are locked.
        """
        pending = self.filtered(lambda d: d.delivered_at and not d.answer)
        over = pending.filtered(
            lambda d: d.acceptance_deadline and now > d.acceptance_deadline
        )
        accepted = over.filtered(lambda d: d._is_silent_at(now))
        accepted._accept_tacitly()
        for deliverable in over - accepted:
            agent = deliverable._as_assignee_reads()
            if not deliverable.noticed_at:
                deliverable._fail_notice()
            elif deliverable.replied_at:
                deliverable._assign_activity(
                    agent.env._(
                        "%s: the term is over, and the customer wrote in it. Record "
                        "the answer, or that it is none.",
                        deliverable.display_name,
                    )
                )
            else:
                deliverable._assign_activity(
                    agent.env._(
                        "%s: the term is over without an answer, and silence does "
                        "not accept it. Ask the customer.",
                        deliverable.display_name,
                    )
                )
        return accepted

    def _accept_tacitly(self):
        """Record acceptance by silence, at the end of each one's own term (R-B5)."""
        for deadline, group in self.grouped("acceptance_deadline").items():
            group.with_context(tracking_disable=True).write(
                {"answer": "tacit", "answered_at": deadline}
            )
            group._get_terms("acceptance")._stop_term(deadline)
            group._log("tacit", at=deadline)
        if self:
            self._message_log_batch(
                bodies={
                    deliverable.id: self.env._(
                        "Tacitly accepted: no answer came in the term from %(start)s "
                        "to %(end)s.",
                        start=deliverable._format_local(deliverable.delivered_at),
                        end=deliverable._format_local(deliverable.acceptance_deadline),
                    )
                    for deliverable in self
                }
            )

    @api.model
    def _cron_accept_tacitly(self):
        """Decide the terms that the sweep did not: a net, run once a day."""
        domain = [
            ("answer", "=", False),
            ("delivered_at", "!=", False),
            ("silence_accepts", "=", True),
            ("replied_at", "=", False),
            ("acceptance_deadline", "<=", fields.Datetime.now() - GRACE),
        ]
        self.env["helpdesk.job.failure"]._work(
            "helpdesk_warranty.ir_cron_accept_tacitly",
            self.search(domain, order="acceptance_deadline"),
            lambda batch: batch._end_terms_left(domain),
            size=BATCH,
        )

    def _end_terms_left(self, domain):
        """End the terms that nobody has ended meanwhile."""
        left = self.filtered_domain(domain)
        left._lock()
        left._end_term(fields.Datetime.now())

    # Calendars that change

    def _move_term(self):
        """Take over the end of the terms from their timers; the customers are told."""
        timers = self._get_terms("acceptance").filtered(lambda t: t.state == "running")
        moved = self.browse()
        for timer in timers:
            deliverable = timer.deliverable_id
            old, new = deliverable.acceptance_deadline, timer.breach_at
            if old == new:
                continue
            deliverable.acceptance_deadline = new
            deliverable._log("moved", until=new, note=deliverable._format_local(old))
            moved |= deliverable
        moved.filtered(lambda d: not d.notice_due).notice_due = "moved"
        if moved:
            self._wake_notices()
