from odoo import api, fields, models
from odoo.exceptions import UserError


class HelpdeskDeliverableResponse(models.TransientModel):
    """An answer that the customer gave in writing, recorded by an agent (R-B5)."""

    _name = "helpdesk.deliverable.response"
    _description = "Written Answer to a Deliverable"

    deliverable_id = fields.Many2one(
        "helpdesk.deliverable", required=True, ondelete="cascade"
    )
    answer = fields.Selection(
        [
            ("accepted", "Accepts"),
            ("rejected", "Rejects"),
            ("none", "Neither: the term goes on"),
        ],
        required=True,
    )
    written_at = fields.Datetime(
        string="When They Wrote",
        compute="_compute_written_at",
        store=True,
        readonly=False,
        help="An answer counts from when it was written. Empty: from now.",
    )
    name = fields.Char(
        string="Who Answered", required=True, help="The person who wrote the answer."
    )
    text = fields.Text(
        string="What They Wrote",
        required=True,
        help="The grounds of a rejection, or the words of the acceptance.",
    )

    @api.depends("deliverable_id")
    def _compute_written_at(self):
        for wizard in self:
            wizard.written_at = wizard.deliverable_id.replied_at

    def action_record(self):
        """Record the answer; it counts if it was written within the term."""
        self.ensure_one()
        deliverable = self.deliverable_id
        partner = deliverable._get_answering_partner()
        moment = self.written_at
        delivered, now = deliverable.delivered_at, fields.Datetime.now()
        if moment and not (delivered and delivered <= moment <= now):
            raise UserError(
                self.env._(
                    "They wrote after the delivery and before now: correct the moment "
                    "at which they did."
                )
            )
        if self.answer == "accepted":
            deliverable._accept(partner, self.name, remarks=self.text, moment=moment)
        elif self.answer == "rejected":
            deliverable._reject(partner, self.name, self.text, moment=moment)
        else:
            deliverable._judge_no_answer(self.text)
        return {"type": "ir.actions.act_window_close"}
