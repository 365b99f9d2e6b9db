from odoo import fields, models


class HelpdeskDeliverableResponse(models.TransientModel):
    """An answer that the customer gave in writing, recorded by an agent (R-B5)."""

    _name = "helpdesk.deliverable.response"
    _description = "Written Answer to a Deliverable"

    deliverable_id = fields.Many2one(
        "helpdesk.deliverable", required=True, ondelete="cascade"
    )
    answer = fields.Selection(
        [("accepted", "Accepts"), ("rejected", "Rejects")], required=True
    )
    name = fields.Char(
        string="Who Answered", required=True, help="The person who wrote the answer."
    )
    text = fields.Text(
        string="What They Wrote",
        required=True,
        help="The grounds of a rejection, or the words of the acceptance.",
    )

    def action_record(self):
        """Record the answer; it counts only within the term."""
        self.ensure_one()
        deliverable = self.deliverable_id
        partner = deliverable._get_answering_partner()
        if self.answer == "accepted":
            deliverable._accept(partner, self.name, remarks=self.text)
        else:
            deliverable._reject(partner, self.name, self.text)
        return {"type": "ir.actions.act_window_close"}
