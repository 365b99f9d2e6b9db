from odoo import models

from ..spreadsheet import DAY, HOURS, Book, Column

#: What the form says, in its order; each is a field of hours.
FIGURES = (
    "worked",
    "rounded",
    "accounted",
    "pack",
    "overage",
    "billable",
    "free",
    "pending",
    "difference",
)
#: The columns of the lines.
BUCKETS = ("worked", "pack", "overage", "billable", "free", "pending", "difference")


class HelpdeskHoursReconciliation(models.TransientModel):
    """The reconciliation as a spreadsheet: the figures, and every timesheet line."""

    _inherit = "helpdesk.hours.reconciliation"

    def action_download_sheet(self):
        """Download the reconciliation with all its lines."""
        self.ensure_one()
        self.env["account.move"].check_access("read")
        return self._get_sheet_action("reconciliation")

    def _make_sheet(self):
        """Return the reconciliation as the bytes of an XLSX file; hours are decimal."""
        self.ensure_one()
        titles = self.fields_get(FIGURES)
        book = Book()
        book.add(
            self.env._("Reconciliation"),
            [
                Column("name", self.env._("Became"), 28),
                Column("hours", self.env._("Hours"), 12, HOURS),
            ],
            [{"name": titles[n]["string"], "hours": self[n]} for n in FIGURES],
            above=self._get_sheet_heading(),
        )
        rows = self._get_line_cells()
        total = {name: sum(row[name] for row in rows) for name in BUCKETS}
        book.add(
            self.env._("Timesheets"),
            self._get_line_columns(),
            rows,
            {**total, "ticket": self.env._("Total")},
        )
        return book.get_bytes()

    def _get_sheet_title(self):
        """Return what the spreadsheet is called."""
        return self.env._("Reconciliation of Hours")

    def _get_line_columns(self):
        titles = self.env["helpdesk.hours.reconciliation.line"].fields_get(BUCKETS)
        return [
            Column("date", self.env._("Date"), 11, DAY),
            Column("customer", self.env._("Customer"), 30),
            Column("ticket", self.env._("Ticket"), 36),
            Column("employee", self.env._("Employee"), 20),
            *(Column(name, titles[name]["string"], 12, HOURS) for name in BUCKETS),
        ]

    def _get_line_cells(self):
        """Return the cells of the timesheet lines of the period, the oldest first."""
        lines = self.env["account.analytic.line"].sudo()
        rows = []
        for row in self._get_rows():
            line = lines.browse(row["id"])
            rows.append(
                {
                    **{name: row[name] / 60 for name in BUCKETS},
                    "id": line.id,
                    "date": line.date,
                    "customer": line.ticket_id.commercial_partner_id.name or "",
                    "ticket": line.ticket_id.display_name,
                    "employee": line.employee_id.name or "",
                }
            )
        return sorted(rows, key=lambda row: (row["date"], row["id"]))
