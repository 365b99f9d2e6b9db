from odoo import api, fields, models
from odoo.tools import SQL


class HelpdeskHoursReconciliation(models.TransientModel):
    """Timesheet hours of tickets against how they are charged: difference 0:00."""

    _name = "helpdesk.hours.reconciliation"
    _description = "Reconciliation of Support Hours"
    _inherit = ["helpdesk.hours.period.mixin"]

    worked = fields.Float(
        string="Timesheet Hours", compute="_compute_figures", help="On tickets."
    )
    rounded = fields.Float(
        string="Rounding and Extras",
        compute="_compute_figures",
        help="Added to worked hours: rounding, minimums, hours that count more, fees.",
    )
    pack = fields.Float(string="In Packs", compute="_compute_figures")
    overage = fields.Float(string="Beyond the Packs", compute="_compute_figures")
    billable = fields.Float(compute="_compute_figures")
    free = fields.Float(compute="_compute_figures")
    pending = fields.Float(
        string="Unbilled",
        compute="_compute_figures",
        help="Not known yet, held, or not in a run by now.",
    )
    accounted = fields.Float(
        compute="_compute_figures",
        help="Worked hours that packs or invoices have, extras included.",
    )
    difference = fields.Float(compute="_compute_figures")
    wrong_count = fields.Integer(string="Lines", compute="_compute_figures")
    line_ids = fields.One2many("helpdesk.hours.reconciliation.line", "wizard_id")

    @api.depends("company_id", "date_from", "date_to")
    def _compute_figures(self):
        for wizard in self:
            rows = wizard._get_rows() if wizard.date_from and wizard.date_to else []
            extra = wizard._get_extra_minutes() if rows else 0
            sums = {
                name: sum(row[name] for row in rows) / 60
                for name in ("worked", "pack", "overage", "billable", "free", "pending")
            }
            wizard.update(sums)
            wizard.rounded = extra / 60
            charged = sums["pack"] + sums["overage"] + sums["billable"]
            wizard.accounted = charged + extra / 60
            wrong = [row for row in rows if row["difference"]]
            wizard.difference = sum(row["difference"] for row in rows) / 60
            wizard.wrong_count = len(wrong)

    def _get_rows(self):
        """Return a dict for each timesheet line of the period: its minutes by bucket.

        ``difference`` is what the timesheet has and no live share, or the reverse.
        """
        self.env.flush_all()
        names = (
            "id",
            "worked",
            "pack",
            "overage",
            "billable",
            "free",
            "pending",
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.id,
                       round(line.unit_amount * 60)::int,
                       coalesce(sum(s.minutes) FILTER (WHERE s.charge = 'pack'), 0),
                       coalesce(sum(s.minutes) FILTER (
                           WHERE s.charge = 'overage' AND s.waits IS NULL), 0),
                       coalesce(sum(s.minutes) FILTER (
                           WHERE s.charge = 'billable' AND s.waits IS NULL), 0),
                       coalesce(sum(s.minutes) FILTER (WHERE s.charge = 'free'), 0),
                       coalesce(sum(s.minutes) FILTER (
                           WHERE s.charge = 'pending' OR (s.waits IS NOT NULL
                           AND s.charge IN ('overage', 'billable'))), 0)
                         + CASE WHEN line.is_running
                                THEN round(line.unit_amount * 60)::int ELSE 0 END
                  FROM account_analytic_line line
                  JOIN helpdesk_ticket ticket ON ticket.id = line.ticket_id
             LEFT JOIN helpdesk_hours_share s ON s.line_id = line.id
                   AND s.is_reversed IS NOT TRUE AND s.reversal_of_id IS NULL
                 WHERE ticket.company_id = %s AND line.date BETWEEN %s AND %s
                 GROUP BY line.id
                """,
                self.company_id.id,
                self.date_from,
                self.date_to,
            )
        )
        result = []
        for values in rows:
            row = dict(zip(names, values, strict=True))
            charged = sum(row[name] for name in names[2:])
            row["difference"] = row["worked"] - charged
            result.append(row)
        return result

    def _get_extra_minutes(self):
        """Return what was added to the work of the period by live shares."""
        shares = self.env["helpdesk.hours.share"].sudo()
        domain = [
            ("company_id", "=", self.company_id.id),
            ("work_date", ">=", self.date_from),
            ("work_date", "<=", self.date_to),
            ("kind", "!=", "work"),
            ("charge", "!=", "pending"),
            ("waits", "=", False),
            *shares._get_live_domain(),
        ]
        return shares._read_group(domain, aggregates=["minutes:sum"])[0][0] or 0

    def action_show_lines(self):
        """Show every timesheet line of the period with what became of it."""
        return self._show(self._get_rows())

    def action_show_differences(self):
        """Show the lines that cause the difference."""
        return self._show([row for row in self._get_rows() if row["difference"]])

    def _show(self, rows):
        self.ensure_one()
        self.env["account.move"].check_access("read")
        self.line_ids.unlink()
        lines = self.env["helpdesk.hours.reconciliation.line"]
        lines.sudo().create([self._prepare_line(row) for row in rows])
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_billing_hours.helpdesk_hours_reconciliation_line_action"
        )
        return {**action, "domain": [("wizard_id", "=", self.id)]}

    def _prepare_line(self, row):
        """Return the values of the line of a timesheet; writes nothing."""
        hours = {name: row[name] / 60 for name in row if name != "id"}
        return {**hours, "wizard_id": self.id, "line_id": row["id"]}

    def action_charge_again(self):
        """Charge the tickets of the lines that differ again; settled rows stay."""
        wrong = [row["id"] for row in self._get_rows() if row["difference"]]
        lines = self.env["account.analytic.line"].sudo().browse(wrong)
        lines.ticket_id._reallocate_hours()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }


class HelpdeskHoursReconciliationLine(models.TransientModel):
    """One timesheet line and what became of its hours."""

    _name = "helpdesk.hours.reconciliation.line"
    _description = "Reconciliation of a Timesheet Line"
    _order = "date, id"
    _rec_name = "line_id"

    wizard_id = fields.Many2one(
        "helpdesk.hours.reconciliation", required=True, index=True, ondelete="cascade"
    )
    line_id = fields.Many2one(
        "account.analytic.line", readonly=True, required=True, ondelete="cascade"
    )
    date = fields.Date(related="line_id.date", store=True)
    ticket_id = fields.Many2one(related="line_id.ticket_id", store=True)
    partner_id = fields.Many2one(
        related="line_id.ticket_id.commercial_partner_id", string="Customer", store=True
    )
    employee_id = fields.Many2one(related="line_id.employee_id", store=True)
    worked = fields.Float(string="Timesheet", readonly=True)
    pack = fields.Float(string="In Packs", readonly=True)
    overage = fields.Float(string="Beyond the Packs", readonly=True)
    billable = fields.Float(readonly=True)
    free = fields.Float(readonly=True)
    pending = fields.Float(string="Unbilled", readonly=True)
    difference = fields.Float(readonly=True)

    def action_view_ticket(self):
        """Open the ticket, where the hours are."""
        return self.ticket_id._get_records_action()
