from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date, format_datetime

CHANNELS = [("email", "E-mail"), ("phone", "Phone"), ("other", "Another way")]


class HelpdeskHoursApproval(models.Model):
    """An approval that came by phone or e-mail, recorded by our people (R-B4).

    It needs a proof and a contact who may approve, and counts as a signature does. A
    manager can take it back until the hours are invoiced.
    """

    _inherit = "helpdesk.hours.approval"

    answered_partner_id = fields.Many2one(
        "res.partner", string="Approved By", readonly=True, copy=False
    )
    answered_channel = fields.Selection(
        CHANNELS, string="How", readonly=True, copy=False
    )
    recorded_by_id = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        help="Who recorded an approval that did not come by the portal.",
    )
    proof_ids = fields.Many2many(
        "ir.attachment",
        "helpdesk_hours_approval_proof_rel",
        readonly=True,
        copy=False,
        ondelete="restrict",
        bypass_search_access=True,
        help="The mail, the document or the note of the call in which they approved.",
    )

    def _check_may_record(self):
        """Raise AccessError unless the user answers for all of the tickets."""
        self.ensure_one()
        self.check_access("read")
        lines = self.sudo().line_ids.sudo(False)
        if lines._filtered_access("read") != lines:
            raise AccessError(
                self.env._(
                    "%s has hours on tickets of others: ask a manager to record the "
                    "approval.",
                    self.sudo().name,
                )
            )

    def _lock_to_record(self):
        """Wait for whoever answers at the same time; raise unless it is open."""
        self.ensure_one()
        approval = self.sudo()
        approval.lock_for_update()
        if approval.state not in ("draft", "sent"):
            raise UserError(self.env._("This has been answered already."))

    def _record_approval(self, partner, channel, moment, proof):
        """Approve for a contact who approved outside the portal, at a naive UTC moment.

        Raises AccessError for who does not answer for the tickets, UserError without a
        proof, for a contact who may not approve, or for a moment that cannot be.
        """
        self._check_may_record()
        self._lock_to_record()
        approval = self.sudo()
        if not proof:
            raise UserError(
                self.env._(
                    "Attach the mail, or a note of the call, in which they approved."
                )
            )
        if not approval._may_answer(partner):
            raise UserError(
                self.env._(
                    "%(contact)s cannot approve hours: give the role Hours on the "
                    "contract %(contract)s, or choose a contact who has it.",
                    contact=partner.name,
                    contract=approval.contract_id.name,
                )
            )
        approval._check_moment(moment)
        user = self.env.user
        approval._approve(
            answered_at=moment,
            answered_by=partner.name,
            answered_partner_id=partner.id,
            answered_channel=channel,
            recorded_by_id=user.id,
            proof_ids=[fields.Command.set(proof.ids)],
        )
        labels = dict(self._fields["answered_channel"]._description_selection(self.env))
        approval.message_post(
            body=self.env._(
                "%(contact)s approved on %(moment)s (%(channel)s); recorded with its "
                "proof.",
                contact=partner.name,
                moment=format_datetime(self.env, moment, tz=approval.contract_id.tz),
                channel=labels[channel],
            ),
            author_id=user.partner_id.id,
            attachment_ids=proof.ids,
            subtype_xmlid="mail.mt_note",
        )

    def _check_moment(self, moment):
        """Raise UserError for a moment to come, or before the hours were worked."""
        if moment > fields.Datetime.now():
            raise UserError(self.env._("They cannot have approved in the future."))
        local = fields.Datetime.context_timestamp(
            self.with_context(tz=self.contract_id.tz), moment
        )
        if local.date() < self.date_to:
            raise UserError(
                self.env._(
                    "The last of these hours were worked on %s: they cannot have been "
                    "approved before.",
                    format_date(self.env, self.date_to),
                )
            )

    def action_undo_record(self):
        """Take a recorded approval back; the customer is asked again.

        Managers may, until hours of it are invoiced or settled.
        """
        for approval in self:
            approval._check_may_undo()
            record = approval.sudo()
            record.lock_for_update()
            if record.state != "approved" or not record.recorded_by_id:
                raise UserError(
                    self.env._(
                        "%s: only an approval that our people recorded can be undone.",
                        record.name,
                    )
                )
            lines = record.line_ids.filtered(lambda line: line.state == "approved")
            lines._check_not_settled()
            note = self.env._(
                "The approval by %(contact)s, recorded by %(user)s, was undone.",
                contact=record.answered_by,
                user=record.recorded_by_id.name,
            )
            lines.state = "waiting"
            record.write(
                {
                    "state": "sent" if record.sent_at else "draft",
                    "answered_at": False,
                    "answered_by": False,
                    "answered_partner_id": False,
                    "answered_channel": False,
                    "recorded_by_id": False,
                    "proof_ids": [fields.Command.clear()],
                }
            )
            record._note(note)

    def _check_may_undo(self):
        self.check_access("write")
        if not self.env.user.has_group("helpdesk_mgmt.group_helpdesk_manager"):
            raise AccessError(
                self.env._("Only a manager can undo an approval that was recorded.")
            )


class HelpdeskHoursApprovalLine(models.Model):
    _inherit = "helpdesk.hours.approval.line"

    def _check_not_settled(self):
        """Raise UserError when a run has settled or invoiced any of these hours."""
        shares = self.ticket_id.share_ids.filtered("settled")
        keys = {share._get_approval_key() for share in shares}
        gone = self.filtered(lambda line: line.key in keys)
        if gone:
            raise UserError(
                self.env._(
                    "%s: these hours are invoiced. Cancel or credit the invoice first.",
                    ", ".join(gone.ticket_id.mapped("number")),
                )
            )
