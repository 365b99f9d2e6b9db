from odoo import api, fields, models

from .. import hours

CHARGES = [
    ("pending", "Pending"),
    ("pack", "Pack"),
    ("overage", "Overage"),
    ("billable", "Billable"),
    ("free", "Free"),
]


class HelpdeskHoursShare(models.Model):
    """How minutes are charged. Rows that are not settled are rewritten; no others."""

    _name = "helpdesk.hours.share"
    _description = "Share of Support Hours"
    _order = "work_date desc, id desc"
    _rec_name = "ticket_id"
    _allow_sudo_commands = False

    line_id = fields.Many2one(
        "account.analytic.line",
        string="Worked Line",
        index="btree_not_null",
        ondelete="cascade",
        readonly=True,
        help="Empty for a minimum, a rounding or a fee.",
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, index=True, ondelete="restrict", readonly=True
    )
    company_id = fields.Many2one("res.company", index=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", index=True, readonly=True
    )
    contract_id = fields.Many2one(
        "helpdesk.support.contract", index="btree_not_null", readonly=True
    )
    charge = fields.Selection(CHARGES, required=True, readonly=True)
    minutes = fields.Integer(required=True, readonly=True)
    hours = fields.Float(compute="_compute_hours", store=True, readonly=True)
    pack_id = fields.Many2one(
        "helpdesk.hours.pack",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
    )
    authorization_id = fields.Many2one(
        "helpdesk.authorization",
        string="Authorisation",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
    )
    reason = fields.Char(readonly=True)
    is_minimum = fields.Boolean(readonly=True)
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Invoice Line",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
    )
    move_id = fields.Many2one(
        "account.move", string="Invoice", related="move_line_id.move_id"
    )
    work_date = fields.Date(required=True, index=True, readonly=True)
    accounting_date = fields.Date(index=True, readonly=True)
    settled = fields.Boolean(
        readonly=True, index=True, help="Part of a run: it does not change any more."
    )

    _line_settled_idx = models.Index("(line_id) WHERE settled")

    @api.depends("minutes")
    def _compute_hours(self):
        for share in self:
            share.hours = share.minutes / 60

    def _get_plain(self):
        """Return this share for hours.py."""
        return hours.Share(
            self.line_id.id or None,
            self.ticket_id.id,
            self.charge,
            self.minutes,
            self.work_date,
            self.pack_id.id or None,
            hours.MINIMUM if self.is_minimum else self.reason or "",
        )

    def _release(self):
        """Free these shares from their run: the next one charges them again."""
        contracts, tickets = self.contract_id, self.ticket_id
        self.sudo().unlink()
        (tickets - contracts.ticket_ids)._reallocate_hours()
        contracts._reallocate_hours()
