from odoo import fields, models
from odoo.tools import SQL

from ..models.helpdesk_hours_share import BASES, CHARGES, KINDS


class HelpdeskHoursAnalysis(models.Model):
    """Hours by charge, customer, contract, agent, month and type of work.

    What was freed counts below zero, so any sum is what is charged.
    """

    _name = "helpdesk.hours.analysis"
    _description = "Analysis of Support Hours"
    _auto = False
    _order = "work_date desc, id desc"
    _rec_name = "ticket_id"
    _depends = {
        "helpdesk.hours.share": [
            "line_id",
            "source_line_id",
            "minutes",
            "charge",
            "settled",
            "accounting_date",
        ],
        "helpdesk.ticket": ["team_id", "priority", "coverage"],
        "helpdesk.support.contract": ["plan_id"],
        "account.analytic.line": ["employee_id", "work_type_id"],
    }

    work_date = fields.Date(readonly=True)
    accounting_date = fields.Date(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    contract_id = fields.Many2one("helpdesk.support.contract", readonly=True)
    plan_id = fields.Many2one("helpdesk.support.plan", readonly=True)
    ticket_id = fields.Many2one("helpdesk.ticket", readonly=True)
    team_id = fields.Many2one("helpdesk.ticket.team", readonly=True)
    priority = fields.Selection(
        [("0", "Low"), ("1", "Medium"), ("2", "High"), ("3", "Critical")],
        string="Severity",
        readonly=True,
    )
    coverage = fields.Selection(
        [
            ("pending", "Pending"),
            ("covered", "Covered"),
            ("warranty", "Warranty"),
            ("billable", "Billable"),
            ("void", "Void"),
        ],
        string="Coverage of the Ticket",
        readonly=True,
    )
    employee_id = fields.Many2one("hr.employee", string="Agent", readonly=True)
    work_type_id = fields.Many2one("helpdesk.work.type", readonly=True)
    charge = fields.Selection(CHARGES, readonly=True)
    kind = fields.Selection(KINDS, readonly=True)
    basis = fields.Selection(BASES, string="Owed By", readonly=True)
    settled = fields.Boolean(readonly=True)
    real_hours = fields.Float(readonly=True)
    hours = fields.Float(string="Accounted Hours", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT share.id, share.work_date, share.accounting_date, share.company_id,
                   share.partner_id, share.contract_id, contract.plan_id,
                   share.ticket_id, ticket.team_id, ticket.priority, ticket.coverage,
                   line.employee_id, line.work_type_id, share.charge, share.kind,
                   share.basis, share.settled,
                   CASE WHEN share.line_id IS NOT NULL
                        THEN share.minutes / 60.0 ELSE 0 END AS real_hours,
                   share.minutes / 60.0 AS hours
              FROM helpdesk_hours_share share
              JOIN helpdesk_ticket ticket ON ticket.id = share.ticket_id
         LEFT JOIN helpdesk_support_contract contract
                ON contract.id = share.contract_id
         LEFT JOIN account_analytic_line line
                ON line.id = coalesce(share.line_id, share.source_line_id)
            """
        )
