from odoo import api, fields, models


class HelpdeskSupportPlanBand(models.Model):
    """Hours outside attention hours in which an hour counts more than one."""

    _name = "helpdesk.support.plan.band"
    _description = "Band of Hours of a Support Plan"
    _inherit = ["helpdesk.support.term.mixin"]
    _order = "plan_id, sequence, id"

    plan_id = fields.Many2one(
        "helpdesk.support.plan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Hours",
        index="btree_not_null",
        ondelete="restrict",
        help="The hours of this band. Empty: all hours outside attention hours that no "
        "band before this one has.",
    )
    multiplier = fields.Float(
        required=True,
        default=1.5,
        digits=(4, 2),
        help="What an hour of this band counts: 1.5 makes 1:30 of an hour worked.",
    )

    _multiplier_check = models.Constraint(
        "CHECK (multiplier >= 1)",
        "An hour counts one hour at least: give a lower price instead of a multiplier "
        "below 1.",
    )

    @api.model
    def _get_agreed_fields(self):
        return super()._get_agreed_fields() | {"calendar_id", "multiplier", "plan_id"}

    def _get_agreed_owners(self):
        return self.plan_id

    @api.constrains("calendar_id")
    def _check_calendar(self):
        self.calendar_id._check_support_hours()
