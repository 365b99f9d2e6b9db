from odoo import api, fields, models, tools

from .. import hours


class HelpdeskSupportPlan(models.Model):
    _inherit = "helpdesk.support.plan"

    price_ids = fields.One2many(
        "helpdesk.support.plan.price",
        "plan_id",
        string="Prices",
        copy=True,
        help="The yearly fee on each platform and the hours that come with it.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    hour_price = fields.Monetary(
        string="Price per Hour",
        tracking=True,
        help="What an hour costs that is not covered, before taxes, unless the "
        "contract has its own price.",
    )
    grant_on = fields.Selection(
        [("posted", "Invoice posted"), ("paid", "Invoice paid")],
        string="Hours Usable Once",
        required=True,
        default="posted",
        tracking=True,
    )
    fee_invoicing = fields.Selection(
        [
            ("button", "When somebody asks for it"),
            ("signing", "When the contract is signed"),
        ],
        string="Invoice of the Fee",
        required=True,
        default="button",
        tracking=True,
        help="On signing, a draft invoice is made, and one for each further year when "
        "the year begins; until it exists covered hours wait for the pack that it "
        "gives. Else they are free, but no run settles them before the fee is invoiced "
        "or somebody gives the year's hours by hand.",
    )
    roll_over = fields.Selection(
        [
            ("none", "Expire"),
            ("all", "Roll over"),
            ("capped", "Roll over up to a limit"),
        ],
        string="Hours Left After a Year",
        required=True,
        default="none",
        tracking=True,
    )
    roll_over_hours = fields.Float(
        string="Roll Over at Most", tracking=True, help="Hours that may be used later."
    )
    rounding_minutes = fields.Integer(
        string="Started Minutes Count Whole",
        required=True,
        default=1,
        tracking=True,
        help="15: each started quarter of an hour counts whole. The real time is kept.",
    )
    rounding_scope = fields.Selection(
        [
            (hours.ENTRY, "Each entry"),
            (hours.TICKET_DAY, "Each ticket and day"),
            (hours.TICKET, "Each ticket"),
        ],
        required=True,
        default=hours.ENTRY,
        tracking=True,
    )
    band_ids = fields.One2many(
        "helpdesk.support.plan.band",
        "plan_id",
        string="Bands",
        copy=True,
        help="Hours outside attention hours that count more. None: they count once.",
    )
    stops_when_overdue = fields.Boolean(
        string="Overdue Invoices Stop the Coverage",
        tracking=True,
        help="Work for a customer with overdue invoices is billable until they are "
        "paid.",
    )
    overdue_days = fields.Integer(
        string="Days of Grace",
        tracking=True,
        help="Days after the due date on which an invoice does not count as overdue.",
    )

    _rounding_check = models.Constraint(
        "CHECK (rounding_minutes BETWEEN 1 AND 1440)",
        "Time is rounded by 1 minute at least and by a day at most.",
    )
    _roll_over_check = models.Constraint(
        "CHECK (roll_over_hours >= 0)", "The hours that roll over cannot be negative."
    )
    _overdue_check = models.Constraint(
        "CHECK (overdue_days >= 0)", "The days of grace cannot be negative."
    )

    @api.model
    def _get_agreed_fields(self):
        return super()._get_agreed_fields() | {
            "currency_id",
            "fee_invoicing",
            "grant_on",
            "overdue_days",
            "roll_over",
            "roll_over_hours",
            "rounding_minutes",
            "rounding_scope",
            "stops_when_overdue",
        }

    def write(self, vals):
        result = super().write(vals)
        if {"stops_when_overdue", "overdue_days"} & vals.keys():
            self.env.registry.clear_cache()
        return result

    @api.model
    @tools.ormcache("plan_id")
    def _get_grace_days(self, plan_id):
        """Return the days that an invoice may be overdue; None: for ever (R-A9)."""
        plan = self.sudo().browse(plan_id)
        return plan.overdue_days if plan.stops_when_overdue else None

    def _excludes(self, work_type):
        """Tell whether the plan excludes the service that a type of work is (R-A5)."""
        excluded = self.service_ids.filtered(lambda line: line.kind == "excluded")
        return bool(work_type.service_id & excluded.service_id)

    def _get_price_row(self, platform):
        """Return the yearly fee and hours of this plan on a platform, if it has one."""
        return self.price_ids.filtered(lambda row: row.platform == platform)[:1]
