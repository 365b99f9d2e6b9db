from odoo import api, fields, models

from .helpdesk_hours_share import CHARGES, KINDS

STATES = [
    ("waiting", "Waiting"),
    ("approved", "Approved"),
    ("disputed", "Disputed"),
    ("outdated", "Changed since"),
    ("dropped", "Not answered"),
]


class HelpdeskHoursApprovalLine(models.Model):
    """Hours as a customer is asked to approve them; they stay as they were then."""

    _name = "helpdesk.hours.approval.line"
    _description = "Hours to Approve"
    _order = "work_date, id"
    _rec_name = "ticket_id"
    _allow_sudo_commands = False

    approval_id = fields.Many2one(
        "helpdesk.hours.approval",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    company_id = fields.Many2one(
        related="approval_id.company_id", store=True, precompute=True
    )
    currency_id = fields.Many2one(related="approval_id.currency_id")
    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, index=True, ondelete="restrict", readonly=True
    )
    line_id = fields.Many2one(
        "account.analytic.line",
        string="Worked Line",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        help="Empty for a minimum or a fee of the ticket.",
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    charge = fields.Selection(CHARGES, required=True, readonly=True)
    key = fields.Char(
        required=True,
        readonly=True,
        help="Tells hours, charge and price apart: when any of them changes, the "
        "approval does not hold for them.",
    )
    work_date = fields.Date(required=True, readonly=True)
    start = fields.Char(readonly=True)
    agent = fields.Char(readonly=True)
    name = fields.Char(string="Description", readonly=True)
    reason = fields.Char(readonly=True)
    real_minutes = fields.Integer(string="Worked Minutes", readonly=True)
    minutes = fields.Integer(string="Accounted Minutes", readonly=True)
    real_hours = fields.Float(string="Worked", compute="_compute_hours")
    hours = fields.Float(string="Accounted", compute="_compute_hours")
    price_unit = fields.Monetary(
        string="Price per Hour", readonly=True, aggregator=None
    )
    amount = fields.Monetary(readonly=True, help="Before taxes.")
    state = fields.Selection(
        STATES, required=True, default="waiting", readonly=True, index=True
    )
    dispute_id = fields.Many2one(
        "helpdesk.hours.dispute",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
    )
    is_current = fields.Boolean(compute="_compute_is_current")

    _waiting_uniq = models.UniqueIndex(
        "(key) WHERE state = 'waiting'",
        "The customer is asked to approve these hours already.",
    )

    @api.depends("minutes", "real_minutes")
    def _compute_hours(self):
        for line in self:
            line.hours = line.minutes / 60
            line.real_hours = line.real_minutes / 60

    def _compute_is_current(self):
        """Tell which of these are charged still as the customer was shown them."""
        shares = self.env["helpdesk.hours.share"].sudo()
        live = shares.search(
            [
                ("ticket_id", "in", self.ticket_id.ids),
                ("settled", "=", False),
                *shares._get_live_domain(),
            ]
        )
        keys = {share._get_approval_key() for share in live}
        for line in self:
            line.is_current = line.key in keys

    def _drop_outdated(self):
        """Close the waiting lines whose hours are no longer charged so."""
        gone = self.filtered(lambda ln: ln.state == "waiting" and not ln.is_current)
        gone.state = "outdated"
        return gone
