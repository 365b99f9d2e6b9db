from odoo import api, fields, models


class HelpdeskSlaEscalationJudge(models.TransientModel):
    """Why an escalation that the customer asked for is improper (R-A12)."""

    _name = "helpdesk.sla.escalation.judge"
    _description = "Judge an Escalation"

    escalation_id = fields.Many2one(
        "helpdesk.sla.escalation", required=True, ondelete="cascade"
    )
    kind = fields.Selection(
        selection=lambda self: (
            self.env["helpdesk.sla.escalation"]
            ._fields["improper_kind"]
            ._description_selection(self.env)
        ),
        string="Why",
        required=True,
        compute="_compute_kind",
        store=True,
        readonly=False,
    )
    reason = fields.Char(required=True)

    @api.depends("escalation_id")
    def _compute_kind(self):
        for wizard in self:
            row = wizard.escalation_id
            wizard.kind = "outside"
            if row.is_questionable:
                wizard.kind = "emergency" if row.origin == "emergency" else "skipped"

    def action_confirm(self):
        """Mark the escalation improper."""
        self.ensure_one()
        self.escalation_id._mark_improper(self.kind, self.reason)
        return {"type": "ir.actions.act_window_close"}
