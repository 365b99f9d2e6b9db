from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import fields, models
from odoo.tools import format_date

#: A ticket received longer ago was imported: nobody waits for its number.
RECEIPT_AGE = timedelta(days=1)
#: What a reopening takes back, so that the customer is told again. A diagnosis is told
#: again when its words have changed.
WITHDRAWN = ("solution", "closing", "refusal")


class HelpdeskTicket(models.Model):
    """The notices that a ticket's facts send to its customer (R-A11, R-C3)."""

    _inherit = "helpdesk.ticket"

    notice_ids = fields.One2many(
        "helpdesk.ticket.notice", "ticket_id", string="Notices", copy=False
    )

    def _record_sla_events(self, changes=None, before=None, **kwargs):
        result = super()._record_sla_events(changes, before, **kwargs)
        if before is not None:
            self._notify_changes(before)
        return result

    def _prepare_companions(self, rows):
        """Insert the receipts together with the first row of the ledger."""
        companions = super()._prepare_companions(rows)
        new = [row["ticket_id"] for row in rows if row["changes"] == "created"]
        receipts = self.browse(new)._prepare_receipts()
        if receipts:
            notices = self.env["helpdesk.ticket.notice"]
            companions.append((notices, tuple(receipts[0]), receipts))
            self.invalidate_recordset(["notice_ids"], flush=False)
        return companions

    def _prepare_receipts(self):
        """Tell customers the number of their tickets (R-A11, R-B2).

        A ticket that is refused at once has one mail, the refusal with its number.
        """
        if self.env.context.get("helpdesk_no_answer"):
            return []
        earliest = fields.Datetime.now() - RECEIPT_AGE
        stages = self.env["helpdesk.ticket.stage"]
        return self.filtered(
            lambda ticket: (
                ticket.active
                and ticket.received_at >= earliest
                and not stages._get_effects(ticket.stage_id.id)[2]
                and not (ticket.hold_reason and ticket._is_to_refuse())
            )
        )._prepare_notices("receipt", {})

    def _notify_changes(self, before):
        """Tell customers what a change of stage means to them."""
        stages = self.env["helpdesk.ticket.stage"]
        kinds, reopened = {}, self.browse()
        for ticket in self:
            old = before[ticket.id]
            if old["stage_id"] == ticket.stage_id.id:
                continue
            effect = stages._get_effects(ticket.stage_id.id)[1]
            was_solved = old["closed"] or (
                stages._get_notice_kind(old["stage_id"]) == "solution"
            )
            if was_solved and effect not in ("stop", "void"):
                reopened |= ticket
            kind = ticket._get_notice_kind()
            if kind:
                kinds.setdefault(kind, []).append(ticket.id)
        if reopened:
            reopened._withdraw_notices()
        for kind, ids in kinds.items():
            self.browse(ids)._send_notices(kind)

    def _get_notice_kind(self):
        """Return the kind of notice that this ticket's stage sends, or False."""
        return self.env["helpdesk.ticket.stage"]._get_notice_kind(self.stage_id.id)

    def _get_notice_template_id(self, kind):
        """Return the template of a notice that the policy sends, or None."""
        policy = self.sudo().sla_policy_id
        if not policy or not self.sla_adopted:
            return None
        return policy._get_notice_templates(policy.id).get(kind)

    def _send_notices(self, kind):
        """Tell the customers of these tickets once; their mails follow in a job."""
        told = self.filtered(lambda ticket: ticket._get_notice_template_id(kind))
        if told:
            rows = told._prepare_notices(kind, told._get_notice_cycles(kind))
            self.env["helpdesk.ticket.notice"]._insert(rows)
            told.invalidate_recordset(["notice_ids"], flush=False)

    def _prepare_notices(self, kind, cycles):
        """Return the rows of notices that the policy sends and nothing sent yet.

        ``cycles`` are those of ``_get_notice_cycles``.
        """
        rows = []
        for ticket in self:
            cycle, is_live = cycles.get(ticket.id, (0, False))
            template_id = not is_live and ticket._get_notice_template_id(kind)
            if template_id:
                rows.append(ticket._prepare_notice(kind, cycle + 1, template_id))
        return rows

    def _get_notice_cycles(self, kind):
        """Return {ticket id: (last cycle, whether it still holds)} of a kind."""
        cycles = {}
        notices = self.env["helpdesk.ticket.notice"].sudo()
        for notice in notices.search_fetch(
            [("ticket_id", "in", self.ids), ("kind", "=", kind)],
            ["ticket_id", "cycle", "withdrawn_at"],
            order="cycle",
        ):
            is_live = not notice.withdrawn_at and notice._still_says()
            cycles[notice.ticket_id.id] = (notice.cycle, is_live)
        return cycles

    def _prepare_notice(self, kind, cycle, template_id):
        """Return the values of a notice given now."""
        email = self.env["helpdesk.ticket.notice"]._get_address(self)
        deadline = self._get_tacit_deadline() if kind == "solution" else None
        return {
            "ticket_id": self.id,
            "company_id": self.company_id.id,
            "kind": kind,
            "cycle": cycle,
            "sent_at": fields.Datetime.now(),
            "user_id": self.env.uid,
            "partner_id": self.partner_id.id,
            "email": email,
            "is_automatic": kind == "receipt",
            "state": "queued" if email else "no_address",
            "template_id": template_id,
            "deadline_at": deadline,
            "term": deadline and "running",
        }

    def _withdraw_notices(self):
        """Take back what a reopening makes untrue; it is told again when it is true."""
        notices = self.env["helpdesk.ticket.notice"].sudo()
        notices = notices.search(
            [
                ("ticket_id", "in", self.ids),
                ("kind", "in", WITHDRAWN),
                ("withdrawn_at", "=", False),
            ]
        )
        notices.write({"withdrawn_at": fields.Datetime.now()})
        notices.filtered(lambda n: n.state == "queued").write({"state": "dropped"})
        notices.filtered(lambda n: n.term == "running").write({"term": "ended"})

    def _get_notice(self, kind):
        """Return the notice of a kind that holds, or an empty recordset."""
        self.ensure_one()
        return self.notice_ids.filtered(
            lambda notice: notice.kind == kind and not notice.withdrawn_at
        )[:1]

    def _track_template(self, changes):
        """Leave out the mail of a stage when a notice tells the same (R-A11)."""
        templates = super()._track_template(changes)
        ticket = self[:1]
        if "stage_id" in templates and ticket.sudo().notice_ids.filtered(
            lambda notice: notice.sent_at >= ticket.last_stage_update
        ):
            templates.pop("stage_id")
        return templates

    def _format_in_words(self, moment):
        """Return a moment as the customer reads it, with the day in words."""
        self.ensure_one()
        tz = self._get_customer_tz()
        local = moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(tz))
        return self.env._(
            "%(day)s at %(time)s",
            day=format_date(self.env, local.date(), date_format="full"),
            time=local.strftime("%H:%M"),
        )
