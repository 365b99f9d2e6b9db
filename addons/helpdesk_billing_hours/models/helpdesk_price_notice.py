from odoo import api, fields, models
from odoo.tools import format_amount, format_date, formatLang


class HelpdeskPriceNotice(models.Model):
    """That a customer was told of new prices, and from when they hold for it (R-A6)."""

    _name = "helpdesk.price.notice"
    _description = "Notice of New Prices"
    _inherit = ["helpdesk.hours.mail.mixin"]
    _order = "at desc, id desc"
    _rec_name = "change_id"
    _allow_sudo_commands = False

    change_id = fields.Many2one(
        "helpdesk.price.change",
        string="Announcement",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    contract_id = fields.Many2one(
        "helpdesk.support.contract",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    company_id = fields.Many2one("res.company", index=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", index=True, readonly=True
    )
    at = fields.Datetime(string="Told", required=True, readonly=True)
    told_partner_ids = fields.Many2many(
        "res.partner",
        "helpdesk_price_notice_partner_rel",
        string="Mail To",
        readonly=True,
        help="Empty: nobody with an e-mail address has the role Billing.",
    )
    holds_from = fields.Date(
        required=True,
        readonly=True,
        help="The day after the end of the contract: until then it keeps its price.",
    )
    taken_back_at = fields.Datetime(
        string="Taken Back", readonly=True, help="The new prices were cancelled."
    )
    description = fields.Char(string="Prices", compute="_compute_description")

    _contract_uniq = models.Constraint(
        "UNIQUE (change_id, contract_id)",
        "This contract has been told of these prices already.",
    )

    @api.depends_context("lang")
    def _compute_description(self):
        for notice in self:
            notice.description = "; ".join(
                f"{label}: {old} → {new}" for label, old, new in notice._get_prices()
            )

    def _get_prices(self):
        """Return (what, until then, from then on) in words for this contract.

        In its currency, and of a fee what its price list makes of it.
        """
        contract = self.contract_id.sudo()
        change = self.change_id.sudo()
        return [
            (
                self._get_label(line),
                *(
                    f"×{formatLang(self.env, value, digits=2)}"
                    if line.kind == "band"
                    else format_amount(self.env, value, contract.currency_id)
                    for value in line._get_values_for(contract)
                ),
            )
            for line in change._get_lines_for(contract)
        ]

    def _get_label(self, line):
        """Return what a line of the announcement is about, in words."""
        if line.kind == "band":
            return self.env._("Hours counted: %s", line.band_id.name)
        if line.kind == "hour":
            return self.env._("Price per hour")
        return self.env._("Yearly fee")

    def _get_texts(self):
        """Return the dates that the mail shows, in the language set."""
        return {
            "date": format_date(self.env, self.change_id.date_from),
            "end": format_date(self.env, self.contract_id.date_end),
            "holds_from": format_date(self.env, self.holds_from),
        }

    def _take_back(self):
        """Tell those who were told that the prices do not change."""
        for notice in self.filtered(lambda notice: not notice.taken_back_at):
            notice.taken_back_at = fields.Datetime.now()
            notice._tell("helpdesk_billing_hours.mail_template_price_cancelled")

    def _tell(self, template_xmlid):
        """Write to the contacts who see the billing of the contract."""
        partners = self._get_role_partners(self.contract_id, ("billing",))
        self.told_partner_ids |= partners
        self._write_mails(template_xmlid, partners, self.contract_id)
        if not partners:
            self.contract_id._message_log(
                body=self.env._(
                    "New prices: nobody was told, as no contact with an e-mail address "
                    "has the role Billing."
                )
            )
