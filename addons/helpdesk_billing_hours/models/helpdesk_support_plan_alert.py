from odoo import api, fields, models


class HelpdeskSupportPlan(models.Model):
    """When a customer is told that a pack runs out, and what is then proposed."""

    _inherit = "helpdesk.support.plan"

    first_alert_percent = fields.Integer(
        string="First Alert at %",
        default=80,
        tracking=True,
        aggregator=None,
        help="Share of a pack at which our contact and the customer's contacts with "
        "the role Billing or Hours are told, once. 0: no alert.",
    )
    last_alert_percent = fields.Integer(
        string="Last Alert at %",
        default=95,
        tracking=True,
        aggregator=None,
        help="As the first one; it also drafts the renewal: an extra pack, or the next "
        "contract when this one ends soon. 0: no alert.",
    )
    forecast_weeks = fields.Integer(
        string="Weeks of the Forecast",
        default=8,
        required=True,
        aggregator=None,
        help="The average use of these last weeks says when a pack will be used up.",
    )
    extra_product_id = fields.Many2one(
        "product.product",
        string="Extra Pack",
        domain="[('support_hours', '>', 0)]",
        index="btree_not_null",
        ondelete="restrict",
        help="What is drafted as an invoice when a pack runs out. Empty: nothing.",
    )

    _alerts_check = models.Constraint(
        "CHECK (first_alert_percent BETWEEN 0 AND 100 "
        "AND last_alert_percent BETWEEN 0 AND 100)",
        "An alert of a pack comes between 1 and 100 %; 0 means none.",
    )
    _forecast_check = models.Constraint(
        "CHECK (forecast_weeks BETWEEN 2 AND 52)",
        "A forecast looks at 2 weeks at least and at 52 at most.",
    )

    @api.model
    def _get_agreed_fields(self):
        return super()._get_agreed_fields() | {
            "first_alert_percent",
            "last_alert_percent",
        }
