import io

import xlsxwriter

from odoo import fields, models
from odoo.tools import format_date


class HelpdeskHoursStatement(models.Model):
    """The statement as a spreadsheet; hours are times of it."""

    _inherit = "helpdesk.hours.statement"

    def _get_sheet_columns(self, data):
        """Return ``(key, title, width)`` of the columns."""
        env = data["statement"].env
        columns = [
            ("date", env._("Date"), 11),
            ("start", env._("Start"), 8),
            ("ticket", env._("Ticket"), 36),
            ("agent", env._("Agent"), 20),
            ("work", env._("Work Type"), 16),
            ("description", env._("Description"), 36),
            ("real", env._("Real Hours"), 11),
            ("accounted", env._("Accounted"), 11),
            ("label", env._("Charge"), 12),
            ("reason", env._("Reason"), 50),
            ("amount", env._("Amount"), 12),
            ("currency", env._("Currency"), 9),
            ("move", env._("Invoice"), 18),
        ]
        hidden = set() if data["with_money"] else {"amount", "currency", "move"}
        hidden |= set() if data["shows_agents"] else {"agent"}
        return [column for column in columns if column[0] not in hidden]

    def _make_sheet(self):
        """Return the statement as the bytes of an XLSX file."""
        self.ensure_one()
        data = self._get_report_data()
        env = data["statement"].env
        output = io.BytesIO()
        workbook = xlsxwriter.Workbook(output, {"in_memory": True})
        sheet = workbook.add_worksheet(env._("Hours"))
        styles = {
            "bold": workbook.add_format({"bold": True, "bottom": 1}),
            "day": workbook.add_format({"num_format": "yyyy-mm-dd"}),
            "time": workbook.add_format({"num_format": "[h]:mm;-[h]:mm"}),
            "money": workbook.add_format({"num_format": "#,##0.00"}),
        }
        at = self._write_balance(sheet, data, styles) if data["has_packs"] else 0
        columns = self._get_sheet_columns(data)
        for column, (key, title, width) in enumerate(columns):
            sheet.set_column(column, column, width)
            sheet.write(at, column, title, styles["bold"])
            for number, row in enumerate(data["rows"], start=at + 1):
                self._write_cell(sheet, number, column, key, row[key], styles)
        total = at + 1 + len(data["rows"])
        sheet.write(total, 2, env._("Total"), styles["bold"])
        for column, (key, _title, _width) in enumerate(columns):
            if key in ("real", "accounted"):
                self._write_cell(sheet, total, column, key, data[key], styles)
        workbook.close()
        return output.getvalue()

    def _write_balance(self, sheet, data, styles):
        """Write opening, changes and closing; return the row that follows."""
        lines = self._get_balance_lines(data)
        for number, (_name, title, minutes) in enumerate(lines):
            sheet.write(number, 0, title, styles["bold"])
            self._write_minutes(sheet, number, 1, minutes, styles)
        return len(lines) + 1

    def _get_balance_lines(self, data):
        """Return ``(name, title, signed minutes)`` from opening to closing."""
        env, roll = data["statement"].env, data["roll"]
        return [
            ("opening", env._("Opening balance"), roll.opening),
            ("granted", env._("Granted"), roll.granted),
            ("adjusted", env._("Adjusted"), roll.adjusted),
            ("credited", env._("Credited"), roll.credited),
            ("used", env._("Used"), -roll.used),
            ("expired", env._("Expired"), -roll.expired),
            ("closing", env._("Closing balance"), roll.closing),
        ]

    def _write_cell(self, sheet, row, column, key, value, styles):
        if key == "date":
            moment = fields.Datetime.to_datetime(value)
            sheet.write_datetime(row, column, moment, styles["day"])
        elif key in ("real", "accounted"):
            self._write_minutes(sheet, row, column, value, styles)
        elif key == "amount":
            if value:
                sheet.write_number(row, column, value, styles["money"])
        elif key in ("ticket", "move", "currency"):
            sheet.write_string(row, column, value.display_name or "")
        else:
            sheet.write_string(row, column, value or "")

    def _write_minutes(self, sheet, row, column, minutes, styles):
        """Write minutes as a time; what is below zero as text, as sheets cannot."""
        if minutes < 0:
            text = f"-{-minutes // 60}:{-minutes % 60:02}"
            sheet.write_string(row, column, text)
        else:
            sheet.write_number(row, column, minutes / 1440, styles["time"])

    # Words for the mail

    def _tell_period(self):
        """Return the period in words."""
        return self.env._(
            "%(from)s to %(to)s",
            **{
                "from": format_date(self.env, self.date_from),
                "to": format_date(self.env, self.date_to),
            },
        )

    def _tell_closing(self):
        """Return the closing balance as hours and minutes."""
        minutes = self._get_data(with_money=False)["roll"].closing
        sign = "-" if minutes < 0 else ""
        return f"{sign}{abs(minutes) // 60}:{abs(minutes) % 60:02}"

    def _get_portal_url(self):
        """Return the address of the statement on the portal."""
        contract = self.contract_id
        start = fields.Date.to_string(self.date_from)
        return f"{contract.get_base_url()}/my/contract/{contract.id}/hours/{start[:7]}"
