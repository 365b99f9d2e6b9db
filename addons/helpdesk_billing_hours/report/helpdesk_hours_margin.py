from odoo import fields, models
from odoo.tools import SQL


class HelpdeskHoursMargin(models.Model):
    """What contracts bring and cost: invoices of hours and fees less timesheets.

    Posted invoices and credit notes by their accounting date, before taxes;
    timesheets of tickets by their date at the employee's cost. Company currency.
    """

    _name = "helpdesk.hours.margin"
    _description = "Margin of Support Contracts"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "contract_id"
    _depends = {
        "account.analytic.line": [
            "amount",
            "date",
            "employee_id",
            "ticket_id",
            "unit_amount",
            "work_type_id",
        ],
        "account.move": ["state", "move_type"],
        "account.move.line": [
            "balance",
            "date",
            "support_contract_id",
            "support_reversed_line_id",
            "support_service_credit_id",
        ],
        "helpdesk.hours.pack": ["contract_id", "move_line_id"],
        "helpdesk.hours.share": ["contract_id", "move_line_id", "ticket_id"],
        "helpdesk.service.credit": ["contract_id"],
        "helpdesk.support.contract": ["partner_id", "plan_id"],
        "helpdesk.ticket": ["commercial_partner_id", "contract_id"],
    }

    date = fields.Date(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    contract_id = fields.Many2one("helpdesk.support.contract", readonly=True)
    plan_id = fields.Many2one("helpdesk.support.plan", readonly=True)
    ticket_id = fields.Many2one("helpdesk.ticket", readonly=True)
    employee_id = fields.Many2one("hr.employee", string="Agent", readonly=True)
    work_type_id = fields.Many2one("helpdesk.work.type", readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    source = fields.Selection(
        [
            ("hours", "Hours invoiced"),
            ("fee", "Fees and packs"),
            ("credit", "Service credits"),
            ("cost", "Cost of timesheets"),
        ],
        readonly=True,
    )
    revenue = fields.Monetary(readonly=True)
    cost = fields.Monetary(readonly=True)
    margin = fields.Monetary(readonly=True)
    hours = fields.Float(string="Worked Hours", readonly=True)

    @property
    def _table_query(self):
        # Even ids are invoice lines, odd ones timesheets.
        return SQL(
            """
            SELECT line.id * 2 AS id, line.date, line.company_id,
                   company.currency_id,
                   coalesce(contract.partner_id, move.commercial_partner_id)
                       AS partner_id,
                   contract.id AS contract_id, contract.plan_id,
                   share.ticket_id, NULL::int AS employee_id,
                   NULL::int AS work_type_id, line.move_id,
                   CASE WHEN share.id IS NOT NULL THEN 'hours'
                        WHEN credit.id IS NOT NULL THEN 'credit'
                        ELSE 'fee' END AS source,
                   -line.balance AS revenue, 0::numeric AS cost,
                   -line.balance AS margin, 0::float AS hours
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
               AND move.state = 'posted'
               AND move.move_type IN ('out_invoice', 'out_refund')
              JOIN res_company company ON company.id = line.company_id
         LEFT JOIN LATERAL (
                   SELECT s.id, s.contract_id, s.ticket_id
                     FROM helpdesk_hours_share s
                    WHERE s.move_line_id = line.id
                       OR s.move_line_id = line.support_origin_line_id
                    ORDER BY s.id LIMIT 1) share ON true
         LEFT JOIN account_move_line sold
                ON sold.id = line.support_reversed_line_id
         LEFT JOIN LATERAL (
                   SELECT p.id, p.contract_id FROM helpdesk_hours_pack p
                    WHERE p.move_line_id IN (line.id, sold.id)
                    ORDER BY p.id LIMIT 1) pack ON true
         LEFT JOIN helpdesk_service_credit credit
                ON credit.id = line.support_service_credit_id
         LEFT JOIN helpdesk_support_contract contract ON contract.id = coalesce(
                   share.contract_id, pack.contract_id, line.support_contract_id,
                   sold.support_contract_id, credit.contract_id)
             WHERE line.display_type = 'product'
               AND (share.id IS NOT NULL OR contract.id IS NOT NULL)
             UNION ALL
            SELECT line.id * 2 + 1, line.date, line.company_id, company.currency_id,
                   ticket.commercial_partner_id, ticket.contract_id, contract.plan_id,
                   line.ticket_id, line.employee_id, line.work_type_id, NULL, 'cost',
                   0, -line.amount, line.amount, line.unit_amount
              FROM account_analytic_line line
              JOIN helpdesk_ticket ticket ON ticket.id = line.ticket_id
              JOIN res_company company ON company.id = line.company_id
         LEFT JOIN helpdesk_support_contract contract
                ON contract.id = ticket.contract_id
            """
        )
