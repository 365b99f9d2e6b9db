import io

import xlsxwriter

from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.tools import consteq

from ..hours import CHARGED


class AccountMove(models.Model):
    """The annex of an invoice: every hour behind it, and why it is charged so."""

    _inherit = "account.move"

    def _check_support_annex(self):
        """Raise AccessError unless the user invoices; see _shows_support_annex."""
        user = self.env.user
        if not (self.env.su or user.has_group("account.group_account_invoice")):
            raise AccessError(
                self.env._("Only who invoices sees the hours behind an invoice here.")
            )

    def _shows_support_annex(self, partner, access_token=None):
        """Tell whether a customer's contact may see the hours behind this invoice.

        Who has the invoice's own token was sent the invoice; others need the role
        Hours or Billing on each of the contracts (R-C5).
        """
        self.ensure_one()
        move = self.sudo()
        shares = move.invoice_line_ids.support_share_ids
        if move.state != "posted" or not shares:
            return False
        if access_token and move.access_token:
            return consteq(access_token, move.access_token)
        if partner.commercial_partner_id != move.commercial_partner_id:
            return False
        contracts = shares.contract_id
        return bool(contracts) and all(
            contract._may_see_hours(partner) for contract in contracts
        )

    def _get_support_annex(self):
        """Return a dict for each share on this invoice, the oldest work first."""
        self.ensure_one()
        self._check_support_annex()
        shares = self.sudo().invoice_line_ids.support_share_ids
        if self.move_type != "out_refund":
            shares = shares.filtered(
                lambda share: not share.reversal_of_id and not share.is_renewed
            )
        charges = dict(shares._fields["charge"]._description_selection(self.env))
        return [
            {
                "date": share.work_date,
                "start": share._get_local_start(),
                "ticket": f"{share.ticket_id.number} {share.ticket_id.name}",
                "agent": share._get_shown_agent(),
                "work": share._get_work_type().name or "",
                "description": share.line_id.name or "",
                "real": share.minutes / 60 if share.line_id else 0,
                "accounted": share.minutes / 60,
                "charge": charges[share.charge],
                "reason": share.reason or "",
                "invoiced": share.charge in CHARGED,
            }
            for share in shares.sorted(
                lambda s: (
                    s.work_date,
                    s.ticket_id.id,
                    not s.line_id,
                    s.line_id.id,
                    s.first_minute,
                )
            )
        ]

    def _get_support_annex_columns(self):
        """Return ``(key, title, width)`` of the columns of the spreadsheet."""
        return [
            ("date", self.env._("Date"), 11),
            ("start", self.env._("Start"), 8),
            ("ticket", self.env._("Ticket"), 36),
            ("agent", self.env._("Agent"), 20),
            ("work", self.env._("Work Type"), 16),
            ("description", self.env._("Description"), 36),
            ("real", self.env._("Real Hours"), 11),
            ("accounted", self.env._("Accounted"), 11),
            ("charge", self.env._("Charge"), 12),
            ("reason", self.env._("Reason"), 50),
        ]

    def _make_support_annex(self):
        """Return the annex as the bytes of an XLSX file; hours are times of it."""
        output = io.BytesIO()
        workbook = xlsxwriter.Workbook(output, {"in_memory": True})
        sheet = workbook.add_worksheet(self.env._("Hours"))
        bold = workbook.add_format({"bold": True, "bottom": 1})
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        time = workbook.add_format({"num_format": "[h]:mm;-[h]:mm"})
        columns = self._get_support_annex_columns()
        rows = self._get_support_annex()
        for column, (key, title, width) in enumerate(columns):
            sheet.set_column(column, column, width)
            sheet.write(0, column, title, bold)
            for number, row in enumerate(rows, start=1):
                if key == "date":
                    value = fields.Datetime.to_datetime(row[key])
                    sheet.write_datetime(number, column, value, day)
                elif key in ("real", "accounted"):
                    sheet.write_number(number, column, row[key] / 24, time)
                else:
                    sheet.write_string(number, column, row[key])
        total = len(rows) + 1
        sheet.write(total, 2, self.env._("Total"), bold)
        for column, (key, _title, _width) in enumerate(columns):
            if key in ("real", "accounted"):
                hours = sum(row[key] for row in rows)
                sheet.write_number(total, column, hours / 24, time)
        sheet.freeze_panes(1, 0)
        workbook.close()
        return output.getvalue()
