from odoo import api, fields, models


class HelpdeskSlaPolicy(models.Model):
    _inherit = "helpdesk.sla.policy"

    first_alert_percent = fields.Integer(
        string="First Alert of Authorised Hours at %",
        default=80,
        aggregator=None,
        help="Share of the authorised hours at which the agent and the customer's "
        "contacts with the role Billing or Hours are told, once. 0: no alert.",
    )
    last_alert_percent = fields.Integer(
        string="Last Alert of Authorised Hours at %",
        default=100,
        aggregator=None,
        help="As the first one; the head of the team is told as well. 0: no alert.",
    )

    price_notice_days = fields.Integer(
        string="Notice of New Prices (Days)",
        default=30,
        required=True,
        aggregator=None,
        help="Customers are told this many days at least before new prices hold.",
    )

    _price_notice_check = models.Constraint(
        "CHECK (price_notice_days >= 0)", "The days of notice cannot be negative."
    )
    _alerts_check = models.Constraint(
        "CHECK (first_alert_percent BETWEEN 0 AND 100 "
        "AND last_alert_percent BETWEEN 0 AND 100)",
        "An alert of authorised hours comes between 1 and 100 %; 0 means none.",
    )

    @api.model
    def _get_agreed_fields(self):
        return super()._get_agreed_fields() | {
            "first_alert_percent",
            "last_alert_percent",
            "price_notice_days",
        }
