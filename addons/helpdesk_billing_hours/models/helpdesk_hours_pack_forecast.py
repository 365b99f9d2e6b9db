from odoo import api, fields, models

from .. import hours


class HelpdeskHoursPack(models.Model):
    """When a pack is used up, and who has been told how much of it is."""

    _inherit = "helpdesk.hours.pack"

    used_percent = fields.Integer(
        string="Used %", compute="_compute_used_percent", aggregator=None
    )
    ends_on = fields.Date(
        string="Used Up About",
        compute="_compute_ends_on",
        help="When the last minute is used if the hours go on being used as in the "
        "last weeks; packs that expire first are used first. Empty: it expires before, "
        "or there was too little use to say so.",
    )
    forecast = fields.Char(compute="_compute_ends_on")
    alert_ids = fields.One2many("helpdesk.hours.alert", "pack_id", string="Alerts")

    def _compute_used_percent(self):
        for pack in self:
            total = 0 if pack.adjusts_id else pack._get_hours()
            pack.used_percent = total > 0 and int(pack.hours_used * 100 / total + 1e-6)

    @api.depends_context("lang")
    def _compute_ends_on(self):
        for contract, packs in self.grouped("contract_id").items():
            found = contract.sudo()._get_hours_forecast() if contract else None
            today = contract._get_today() if contract else None
            for pack in packs:
                pack.ends_on = pack.forecast = False
                if not contract or pack.adjusts_id:
                    continue
                if pack.hours_left <= 0:
                    pack.forecast = self.env._("Used up")
                elif pack._get_last_day() < today:
                    pack.forecast = self.env._("Expired")
                elif not pack.is_usable:
                    pack.forecast = self.env._("Not usable before its invoice counts")
                else:
                    pack.ends_on = found["ends"].get(pack._origin)
                    pack.forecast = contract._tell_forecast(
                        found, pack.ends_on, pack._get_last_day()
                    )

    def _get_plain_use(self):
        """Return what is used of these packs by now, for hours.py."""
        shares = self.env["helpdesk.hours.share"].sudo()
        rows = shares._read_group(
            [("pack_id", "in", self.ids), *shares._get_live_domain()],
            ["pack_id", "work_date:day"],
            ["minutes:sum"],
        )
        return [
            hours.Share(None, 0, hours.PACK, minutes, day, pack=pack.id)
            for pack, day, minutes in rows
        ]
