from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .. import hours, linked

#: What only a run links.
LINKED = {"support_run_id"}


class AccountMove(models.Model):
    _inherit = "account.move"

    support_run_id = fields.Many2one(
        "helpdesk.hours.run",
        string="Run of Support Hours",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        copy=False,
    )
    support_share_ids = fields.One2many(
        related="invoice_line_ids.support_share_ids", string="Support Hours"
    )
    support_credit_ids = fields.One2many(
        related="invoice_line_ids.support_credit_ids", string="Hours to Credit"
    )
    has_support_hours = fields.Boolean(compute="_compute_has_support_hours")
    has_support_credit = fields.Boolean(compute="_compute_has_support_hours")
    support_hours_differ = fields.Boolean(
        string="Hours Differ From the Quantity",
        compute="_compute_support_hours_differ",
        search="_search_support_hours_differ",
        help="A draft whose quantity is not that of the hours behind it.",
    )

    def _compute_has_support_hours(self):
        for move in self:
            lines = move.sudo().line_ids
            move.has_support_hours = bool(lines.support_share_ids)
            move.has_support_credit = bool(lines.support_credit_ids)

    @api.depends("invoice_line_ids.quantity", "invoice_line_ids.support_share_ids")
    def _compute_support_hours_differ(self):
        for move in self:
            move.support_hours_differ = bool(move._get_differing_lines())

    def _search_support_hours_differ(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain("state", "=", "draft") & Domain("move_type", "=", "out_invoice")
        domain &= Domain("invoice_line_ids.support_share_ids", "!=", False) | Domain(
            "invoice_line_ids.support_origin_line_id", "!=", False
        )
        moves = self.sudo().search(domain)
        return [("id", "in", moves.filtered("support_hours_differ").ids)]

    def _get_differing_lines(self):
        """Return the lines of drafts whose quantity is not that of their hours."""
        drafts = self.sudo().filtered(
            lambda move: move.state == "draft" and move.move_type == "out_invoice"
        )
        return drafts.invoice_line_ids.filtered(
            lambda line: (
                (line.support_share_ids or line.support_origin_line_id)
                and line._get_support_minutes() != line._get_live_minutes()
            )
        )

    @api.model_create_multi
    def create(self, vals_list):
        refusal = self._get_link_refusal()
        return super().create(linked.receive(self, vals_list, LINKED, refusal))

    def write(self, vals):
        linked.check_not_written(self, vals, LINKED, self._get_link_refusal())
        if "keeps_support_hours" in vals and self.filtered(
            lambda move: (
                move.state == "posted"
                and move.keeps_support_hours != vals["keeps_support_hours"]
            )
        ):
            raise UserError(
                self.env._(
                    "The credit note is posted: reset it to draft to say whether the "
                    "customer keeps the hours."
                )
            )
        before = {move.id: move.state for move in self} if "state" in vals else {}
        if vals.get("state") == "posted":
            refunds = self.filtered(lambda move: move.move_type == "out_refund")
            refunds.sudo().line_ids._check_support_credit()
        result = super().write(vals)
        if before:
            changed = self.filtered(lambda move: move.state != before[move.id])
            changed.sudo()._follow_support_hours(before)
        return result

    def _get_link_refusal(self):
        return self.env._("Only a run says which invoices it made.")

    def _follow_support_hours(self, before):
        """Free hours, or take them back, as the state of their invoice says.

        Every way of posting, cancelling and resetting ends in this state.
        """
        for move in self.filtered(
            lambda m: m.move_type in ("out_invoice", "out_refund")
        ):
            lines, was = move.line_ids, before[move.id]
            lines._follow_charges()
            if move.move_type == "out_refund":
                if move.state == "posted":
                    lines._free_support_hours()
                elif was == "posted":
                    lines.support_share_ids.reversal_of_id._take_back()
                continue
            own = lines.support_share_ids
            if move.state == "cancel":
                own.filtered(lambda share: not share.reversal_of_id)._free()
            elif was == "cancel":
                own.reversal_of_id._take_back()
            if move.state == "posted":
                move._log_differing_hours()
                lines._grant_support_hours()
            packs = self.env["helpdesk.hours.pack"].search(
                [("move_line_id", "in", lines.ids)]
            )
            packs.contract_id._reallocate_hours()
        self._refresh_coverage_of_customers()

    def _log_differing_hours(self):
        """Log the lines that were posted with another quantity than their hours."""
        lines = [
            self.env._(
                "“%(line)s” charges %(charged)s of %(hours)s hours: the difference is "
                "settled and will not be charged.",
                line=(line.name or "").split("\n")[0],
                charged=hours.to_text(line._get_support_minutes()),
                hours=hours.to_text(line._get_live_minutes()),
            )
            for line in self.invoice_line_ids
            if line.support_share_ids.filtered(lambda s: s.charge in hours.CHARGED)
            and line._get_support_minutes() != line._get_live_minutes()
        ]
        if lines:
            self._message_log(body=Markup("<br/>").join(lines))

    def _invoice_paid_hook(self):
        """Let packs be used and coverage return once an invoice is paid (R-A9)."""
        result = super()._invoice_paid_hook()
        moves = self.sudo().filtered(lambda move: move.move_type == "out_invoice")
        packs = self.env["helpdesk.hours.pack"].sudo()
        packs.search([("move_line_id", "in", moves.line_ids.ids)])._follow_payment()
        moves._refresh_coverage_of_customers()
        return result

    def _refresh_coverage_of_customers(self):
        """Judge the open tickets again of customers whose invoices count (R-A9)."""
        customers = self.commercial_partner_id
        contracts = self.env["helpdesk.support.contract"].sudo()
        contracts = contracts.search(
            [
                ("partner_id", "in", customers.ids),
                ("plan_id.stops_when_overdue", "=", True),
            ]
        )
        if not contracts:
            return
        contracts.invalidate_recordset(["overdue_since"])
        requests = self.env["helpdesk.coverage.refresh"]
        requests._request([("contract_id", "in", contracts.ids)])
        contracts._reallocate_hours()

    def action_view_support_hours(self):
        """Open the hours that this invoice charges, each with its reason."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_billing_hours.helpdesk_hours_share_action"
        )
        action["domain"] = [("move_line_id.move_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_view_support_credit(self):
        """Open the hours that this credit note frees, to choose them."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_billing_hours.helpdesk_hours_credit_action"
        )
        action["domain"] = [("move_line_id.move_id", "=", self.id)]
        return action

    def action_download_support_annex(self):
        """Download the annex of hours as a spreadsheet."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/helpdesk_billing_hours/annex/{self.id}",
            "target": "download",
        }
