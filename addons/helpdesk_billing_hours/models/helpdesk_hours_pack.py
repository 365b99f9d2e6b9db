from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

from .. import hours


class HelpdeskHoursPack(models.Model):
    """Hours bought, with a start and an expiry; a pack is its own grant."""

    _name = "helpdesk.hours.pack"
    _description = "Pack of Support Hours"
    _inherit = ["mail.thread"]
    _order = "date_to, date_from, id"

    name = fields.Char(string="Reason", required=True, tracking=True)
    contract_id = fields.Many2one(
        "helpdesk.support.contract", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True)
    partner_id = fields.Many2one(related="contract_id.partner_id", store=True)
    hours = fields.Float(required=True, tracking=True)
    date_from = fields.Date(
        string="Start",
        required=True,
        default=fields.Date.context_today,
        tracking=True,
    )
    date_to = fields.Date(
        string="End",
        compute="_compute_date_to",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        tracking=True,
        help="The last day on which these hours can be used.",
    )
    share_ids = fields.One2many("helpdesk.hours.share", "pack_id", string="Used")
    hours_used = fields.Float(compute="_compute_hours_left")
    hours_left = fields.Float(compute="_compute_hours_left")

    _dates_check = models.Constraint(
        "CHECK (date_to >= date_from)", "A pack cannot expire before it starts."
    )

    @api.depends("date_from")
    def _compute_date_to(self):
        for pack in self:
            if pack.date_from:
                pack.date_to = pack.date_from + relativedelta(years=1)

    @api.depends("hours", "share_ids.minutes")
    def _compute_hours_left(self):
        used = dict(
            self.env["helpdesk.hours.share"]
            .sudo()
            ._read_group([("pack_id", "in", self.ids)], ["pack_id"], ["minutes:sum"])
        )
        for pack in self:
            minutes = used.get(pack, 0)
            pack.hours_used = minutes / 60
            pack.hours_left = pack.hours - minutes / 60

    @api.model_create_multi
    def create(self, vals_list):
        packs = super().create(vals_list)
        packs.contract_id._reallocate_hours()
        return packs

    def write(self, vals):
        result = super().write(vals)
        if {"hours", "date_from", "date_to", "contract_id"} & vals.keys():
            self.contract_id._reallocate_hours()
        return result

    def _get_plain(self):
        """Return this pack for hours.py."""
        return hours.Pack(
            self.id,
            round(self.hours * 60),
            self.date_from,
            self.date_to,
            self.contract_id.id,
        )
