from odoo import api, models

#: What a team does for itself: its recipients and times are nobody else's matter.
INTERNAL_ACTIONS = ("note", "activity", "mail", "follow", "assign")


class HelpdeskSlaStep(models.Model):
    """Escalations and mails to the customer are promises, internal alerts are not."""

    _name = "helpdesk.sla.step"
    _inherit = ["helpdesk.sla.step", "helpdesk.support.term.mixin"]

    @api.model
    def _get_agreed_fields(self):
        return super()._get_agreed_fields() | {
            "action",
            "amount",
            "basis",
            "level",
            "metric",
            "percent",
            "policy_id",
            "severity",
            "to_customer",
            "unit",
        }

    def _get_promised(self):
        return self.filtered(
            lambda step: step.to_customer or step.action not in INTERNAL_ACTIONS
        )
