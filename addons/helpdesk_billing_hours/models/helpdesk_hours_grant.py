from odoo import fields, models

from .. import ledger


class HelpdeskHoursGrant(models.Model):
    """Hours of a pack by accounting date; rows of closed periods never change."""

    _name = "helpdesk.hours.grant"
    _description = "Grant of Support Hours"
    _order = "accounting_date, id"
    _rec_name = "pack_id"
    _allow_sudo_commands = False

    pack_id = fields.Many2one(
        "helpdesk.hours.pack",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    root_id = fields.Many2one(
        "helpdesk.hours.pack",
        string="Counted In",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
        help="The pack itself, or the one that it adjusts.",
    )
    company_id = fields.Many2one(related="pack_id.company_id", store=True)
    kind = fields.Selection(
        [
            (ledger.GRANT, "Granted"),
            (ledger.ADJUSTMENT, "Adjusted"),
            (ledger.CREDIT, "Credited"),
        ],
        required=True,
        readonly=True,
    )
    accounting_date = fields.Date(required=True, readonly=True)
    minutes = fields.Integer(required=True, readonly=True)
