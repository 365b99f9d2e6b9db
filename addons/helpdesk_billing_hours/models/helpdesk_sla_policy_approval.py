from odoo import api, fields, models


class HelpdeskSlaPolicy(models.Model):
    _inherit = "helpdesk.sla.policy"

    hours_approval = fields.Selection(
        [
            ("none", "Not asked for"),
            ("billed", "Hours that are invoiced"),
            ("all", "Hours that are invoiced or taken from packs"),
        ],
        string="Approval of Executed Hours",
        required=True,
        default="none",
        help="A contact of the contract with the role Hours approves executed hours "
        "before they are invoiced. Silence never approves them. Hours without a "
        "contract need none: nobody has the role.",
    )
    hours_reminder_days = fields.Integer(
        string="Remind Every (Days)",
        default=3,
        required=True,
        aggregator=None,
        help="Days without an answer after which the contacts are reminded, up to "
        "three times; our contact gets an activity with the first one. 0: never.",
    )

    hides_agents = fields.Boolean(
        string="Statements Hide the Agents",
        help="The statement of hours does not say who worked.",
    )

    _hours_reminder_check = models.Constraint(
        "CHECK (hours_reminder_days >= 0)",
        "The days between reminders cannot be negative.",
    )

    @api.model
    def _get_agreed_fields(self):
        return super()._get_agreed_fields() | {"hours_approval"}
