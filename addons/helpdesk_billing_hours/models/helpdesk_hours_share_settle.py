from odoo import fields, models
from odoo.tools import SQL


class HelpdeskHoursShare(models.Model):
    """What a run asks many shares at once, and writes on them at once."""

    _inherit = "helpdesk.hours.share"

    def _get_prices(self):
        """Return the price of an hour by share; what decides it is asked once."""
        prices, known = {}, {}
        for share in self:
            key = (
                share.authorization_id,
                share.charge,
                share.company_id,
                share.contract_id,
                share.partner_id,
                share._get_work_type(),
                share.work_date,
                share.contract_id
                and not share.authorization_id
                and share.contract_id._get_plan_at(share._get_work_moment()),
            )
            if share.authorization_id:
                key = key[:1]
            if key not in known:
                known[key] = share._get_price()
            prices[share] = known[key]
        return prices

    def _get_shown_agent(self):
        """Return who worked, as the customer reads it: nothing where it is hidden."""
        if self.ticket_id.sla_policy_id.hides_agents:
            return ""
        return self.line_id.employee_id.name or ""

    def _settle(self, run, lines):
        """Make these shares part of a run; ``lines`` are the ids of their invoice
        lines by the shares' ids. One statement: nothing depends on a single row."""
        if not self:
            return
        self.flush_recordset()
        table = SQL.identifier(self._table)
        values = SQL(", ").join(
            SQL("(%s, %s)", share_id, lines.get(share_id)) for share_id in self._ids
        )
        self.env.cr.execute(
            SQL(
                "UPDATE %s AS share SET settled = true, run_id = %s, "
                "move_line_id = of_share.line_id::integer, write_uid = %s, "
                "write_date = %s FROM (VALUES %s) AS of_share (id, line_id) "
                "WHERE share.id = of_share.id",
                table,
                run.id,
                self.env.uid,
                fields.Datetime.now(),
                values,
            )
        )
        self.invalidate_recordset(["settled", "run_id", "move_line_id", "move_id"])
        run.invalidate_recordset(["share_ids"])
        self.ticket_id.invalidate_recordset(["invoice_count"])
        moves = self.env["account.move.line"].browse(set(lines.values()))
        moves.invalidate_recordset(["support_share_ids", "support_hours_count"])
        moves.move_id.invalidate_recordset(
            ["has_support_hours", "support_hours_differ", "support_share_ids"]
        )
