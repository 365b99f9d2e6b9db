from odoo import models

from ..spreadsheet import DAY, HOURS, MONEY, Book, Column
from .helpdesk_hours_liability import COLUMNS


class HelpdeskHoursLiability(models.TransientModel):
    """The liability of unused hours as a spreadsheet, with the totals of the screen."""

    _inherit = "helpdesk.hours.liability"

    def action_download_sheet(self):
        """Download the roll-forward, a row for each pack."""
        self.ensure_one()
        self.env["account.move"].check_access("read")
        self._record_grants()
        return self._get_sheet_action("liability")

    def _make_sheet(self):
        """Return the roll-forward as the bytes of an XLSX file; hours are decimal."""
        self.ensure_one()
        rows = [self._prepare_cells(vals) for vals in self._get_values()]
        rows.sort(key=lambda row: (row["customer"], row["contract"], row["pack"]))
        sums = [name for column in COLUMNS for name in (column, f"{column}_amount")]
        total = {name: sum(row[name] for row in rows) for name in sums}
        currency = self.company_id.currency_id
        total = {
            name: currency.round(value) if name.endswith("_amount") else value
            for name, value in total.items()
        }
        book = Book()
        book.add(
            self._get_sheet_title(),
            self._get_sheet_columns(),
            rows,
            {**total, "customer": self.env._("Total"), "currency": currency.name},
            self._get_sheet_heading(),
        )
        return book.get_bytes()

    def _get_sheet_title(self):
        """Return what the spreadsheet is called."""
        return self.env._("Unused Hours")

    def _get_sheet_columns(self):
        titles = self._get_column_titles()
        return [
            Column("customer", self.env._("Customer"), 30),
            Column("contract", self.env._("Contract"), 14),
            Column("pack", self.env._("Pack"), 36),
            Column("date_to", self.env._("Usable Through"), 14, DAY),
            *(Column(name, titles[name], 12, HOURS) for name in COLUMNS),
            Column("hour_value", self.env._("Value of an Hour"), 14, MONEY),
            Column("currency", self.env._("Currency"), 9),
            *(
                Column(
                    f"{name}_amount",
                    self.env._("%s (amount)", titles[name]),
                    14,
                    MONEY,
                )
                for name in COLUMNS
            ),
        ]

    def _get_column_titles(self):
        """Return ``{column: title}`` as the screen has them."""
        fields = self.env["helpdesk.hours.liability.line"].fields_get(COLUMNS)
        return {name: fields[name]["string"] for name in COLUMNS}

    def _prepare_cells(self, vals):
        """Return the cells of the line of a pack; writes nothing."""
        pack = self.env["helpdesk.hours.pack"].sudo().browse(vals["pack_id"])
        return {
            **vals,
            "customer": pack.partner_id.name or "",
            "contract": pack.contract_id.name or "",
            "pack": pack.name,
            "date_to": pack.date_to,
            "hour_value": pack.hour_value,
            "currency": pack.company_currency_id.name,
        }
