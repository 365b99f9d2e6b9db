from odoo import fields, models


class HelpdeskSlaPolicy(models.Model):
    _inherit = "helpdesk.sla.policy"

    warranty_ids = fields.One2many("helpdesk.warranty.term", "policy_id", copy=True)
    included_cause_ids = fields.Many2many(
        "helpdesk.coverage.reason",
        string="Causes Covered Here",
        domain="[('is_cause', '=', True)]",
        help="Causes that this policy covers although others exclude them (R-E7).",
    )

    def _get_metrics(self):
        # Acceptance and correction run on deliverables, not on the ticket.
        return [
            metric
            for metric in super()._get_metrics()
            if metric not in ("acceptance", "correction")
        ]

    def _get_warranty_days(self, kind):
        """Return the calendar days of warranty on a kind of deliverable."""
        term = self.warranty_ids.filtered(lambda line: line.kind == kind)
        return term[:1].days
