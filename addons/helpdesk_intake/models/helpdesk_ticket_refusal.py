from odoo import fields, models
from odoo.exceptions import UserError


class HelpdeskTicket(models.Model):
    """The provider may refuse a ticket, with a reason, and take it back (R-C6)."""

    _inherit = "helpdesk.ticket"

    refusal_reason_id = fields.Many2one(
        "helpdesk.refusal.reason",
        string="Refused Because",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
        copy=False,
        tracking=True,
    )
    refused_at = fields.Datetime(string="Refused", readonly=True, copy=False)
    refused_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    refused_from_id = fields.Many2one(
        "helpdesk.ticket.stage", readonly=True, copy=False, ondelete="set null"
    )

    def _refuse(self, reason):
        """Refuse these tickets and keep who did it, when, and where they came from.

        Raises UserError for a closed ticket. The mail to the customer is a dated
        notice too.
        """
        for ticket in self:
            if ticket.stage_id.closed or not ticket.active:
                raise UserError(
                    self.env._(
                        "%s is closed already: reopen it before you refuse it.",
                        ticket.display_name,
                    )
                )
            ticket.sudo().write(
                {
                    "refused_at": fields.Datetime.now(),
                    "refused_by_id": self.env.uid,
                    "refused_from_id": ticket.stage_id.id,
                }
            )
        if self.env.context.get("helpdesk_no_answer"):
            return self._refuse_silently(reason)
        self._send_refusal_notices()
        return super()._refuse(reason)

    def _refuse_silently(self, reason):
        """Refuse what a robot wrote without answering it."""
        for ticket in self.sudo():
            stage = ticket._get_refusal_stage()
            values = {"stage_id": stage.id} if stage else {"active": False}
            ticket.write({"refusal_reason": reason, **values})

    def _send_refusal_notices(self):
        """Write down that the customers are told; the refusal itself mails them."""
        template = self.env.ref(
            "helpdesk_support_contract.mail_template_ticket_refused"
        )
        cycles = self._get_notice_cycles("refusal")
        rows = []
        for ticket in self:
            cycle = cycles.get(ticket.id, (0, False))[0] + 1
            row = ticket._prepare_notice("refusal", cycle, template.id)
            if row["state"] == "queued":
                row["state"] = "sent"
            row["is_automatic"] = cycle == 1 and ticket._is_to_refuse()
            rows.append(row)
        self.env["helpdesk.ticket.notice"]._insert(rows)
        self.invalidate_recordset(["notice_ids"], flush=False)

    def _refuse_for(self, reason, text=""):
        """Refuse these tickets for a reason of the list, with words to the customer."""
        for ticket in self:
            ticket.check_access("write")
            lang = ticket.partner_id.lang or self.env.lang
            words = reason.with_context(lang=lang).name
            ticket._refuse(f"{words}: {text}" if text else words)
            ticket.sudo().refusal_reason_id = reason

    def _get_refusal_stage(self):
        """Return the stage that is marked for refused tickets, if there is one."""
        team = self.team_id.with_company(self.company_id)
        marked = team._get_applicable_stages().filtered(
            lambda stage: stage.is_refusal and stage.sla_solution == "void"
        )
        return marked[:1] or super()._get_refusal_stage()

    def action_undo_refusal(self):
        """Take refused tickets back to the stage that they came from."""
        for ticket in self:
            ticket.check_access("write")
            if not ticket.refused_at:
                raise UserError(self.env._("%s was not refused.", ticket.display_name))
            if not ticket.active:
                ticket.action_unarchive()
            stages = ticket.team_id._get_applicable_stages()
            stage = (ticket.refused_from_id & stages) or stages[:1]
            if ticket.stage_id != stage:
                ticket.stage_id = stage
            else:
                ticket._forget_refusal()
        return True

    def _check_stage_requirements(self, before):
        result = super()._check_stage_requirements(before)
        for ticket in self:
            if before[ticket.id]["stage_id"] == ticket.stage_id.id:
                continue
            if ticket.stage_id.is_refusal:
                if not ticket.refusal_reason:
                    raise UserError(
                        self.env._(
                            "%s is refused only with a reason: press Refuse.",
                            ticket.display_name,
                        )
                    )
            elif ticket.refused_at and not ticket.stage_id.closed:
                ticket._forget_refusal()
        return result

    def _forget_refusal(self):
        """Take back a refusal: the log and the notice keep that it was there.

        Who was refused at once has had no receipt: it is sent now.
        """
        self.sudo().write(
            {
                "refusal_reason": False,
                "refusal_reason_id": False,
                "refused_at": False,
                "refused_by_id": False,
                "refused_from_id": False,
            }
        )
        self.filtered(
            lambda ticket: "receipt" not in ticket.sudo().notice_ids.mapped("kind")
        )._send_notices("receipt")

    def _get_notice_kind(self):
        """Leave the closing notice out: a refusal has a mail of its own."""
        if self.refused_at and self.stage_id.sla_solution == "void":
            return False
        return super()._get_notice_kind()
