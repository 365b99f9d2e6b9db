from odoo import api, models
from odoo.fields import Datetime
from odoo.tools import SQL


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    @api.model
    def _find_outdated_coverage(self, limit):
        """Add the open tickets of customers whose invoice became overdue (R-A9)."""
        found = super()._find_outdated_coverage(limit)
        if len(found) >= limit:
            return found
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ticket.id
                  FROM helpdesk_support_contract contract
                  JOIN helpdesk_support_plan plan ON plan.id = contract.plan_id
                  JOIN account_move move
                    ON move.commercial_partner_id = contract.partner_id
                   AND move.company_id = contract.company_id
                  JOIN helpdesk_ticket ticket ON ticket.contract_id = contract.id
                  JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id
                 WHERE plan.stops_when_overdue
                   AND move.move_type = 'out_invoice'
                   AND move.state = 'posted'
                   AND move.payment_state IN ('not_paid', 'partial')
                   AND NOT coalesce(stage.closed, false)
                   AND timezone(contract.tz, (move.invoice_date_due
                       + plan.overdue_days + 1)::timestamp)
                       AT TIME ZONE 'UTC' <= %(now)s
                   AND ticket.coverage_at < timezone(contract.tz,
                       (move.invoice_date_due + plan.overdue_days + 1)::timestamp)
                       AT TIME ZONE 'UTC'
                 ORDER BY ticket.id
                 LIMIT %(limit)s
                """,
                now=Datetime.now(),
                limit=limit - len(found),
            )
        )
        return list(dict.fromkeys([*found, *(ticket_id for (ticket_id,) in rows)]))
