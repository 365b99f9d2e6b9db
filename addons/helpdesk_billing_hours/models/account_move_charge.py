from odoo import api, fields, models
from odoo.tools import format_amount
from odoo.tools.misc import format_duration


class AccountMove(models.Model):
    """What a credit note of a pack takes back, and what was used of it."""

    _inherit = "account.move"

    keeps_support_hours = fields.Boolean(
        string="The Customer Keeps the Hours",
        copy=False,
        help="A discount: this credit note takes no support hours back, and frees none "
        "to be charged anew.",
    )
    support_pack_notice = fields.Text(compute="_compute_support_pack_notice")

    @api.depends(
        "state",
        "keeps_support_hours",
        "invoice_line_ids.price_subtotal",
        "invoice_line_ids.support_reversed_line_id",
    )
    @api.depends_context("lang")
    def _compute_support_pack_notice(self):
        for move in self:
            lines = move.sudo().invoice_line_ids
            lines = lines.filtered(lambda ln: ln._is_reversal() and ln._get_sold_pack())
            notices = [move._describe_pack(line) for line in lines]
            move.support_pack_notice = "\n".join(notices)

    def _describe_pack(self, line):
        """Return what becomes of the pack that a line of a credit note credits."""
        pack, sold = line._get_sold_pack(), line.support_reversed_line_id
        worth = sold.price_subtotal * pack.hours_used / pack.hours if pack.hours else 0
        words = [
            self.env._(
                "%(pack)s (%(contract)s): %(used)s of %(hours)s hours are used, worth "
                "%(amount)s of the price.",
                pack=pack.name,
                contract=pack.contract_id.name,
                used=format_duration(pack.hours_used),
                hours=format_duration(pack.hours),
                amount=format_amount(self.env, worth, sold.currency_id),
            )
        ]
        if self.state == "posted":
            taken = -sum(line.support_adjustment_ids.mapped("hours"))
            words.append(
                self.env._("%s hours were taken back.", format_duration(taken))
            )
        elif self.state == "draft":
            minutes = line._get_pack_credit()
            words.append(
                self.env._(
                    "Posting takes %s unused hours back; used hours stay used.",
                    format_duration(minutes / 60),
                )
            )
        return " ".join(words)

    def action_view_used_hours(self):
        """Open the hours that were used of the packs that this credit note credits."""
        self.ensure_one()
        self.check_access("read")
        lines = self.sudo().invoice_line_ids.filtered(lambda ln: ln._is_reversal())
        packs = self.env["helpdesk.hours.pack"]
        for line in lines:
            packs |= line._get_sold_pack()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_billing_hours.helpdesk_hours_share_action"
        )
        action["domain"] = [("pack_id", "in", packs.ids)]
        action["context"] = {}
        return action
