from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.helpdesk_sla_policy.models.helpdesk_sla_severity import SEVERITIES

from .helpdesk_sla_severity_rule import IMPACTS, URGENCIES


class HelpdeskTicket(models.Model):
    """Where the severity of a ticket comes from (R-A1, R-B1)."""

    _inherit = "helpdesk.ticket"

    impact = fields.Selection(
        IMPACTS, tracking=True, help="How much of the customer's business is touched."
    )
    urgency = fields.Selection(
        URGENCIES, tracking=True, help="How soon the customer needs a cure."
    )
    severity_by = fields.Selection(
        related="sla_policy_id.severity_by", string="Severity Set By"
    )
    requested_priority = fields.Selection(
        SEVERITIES,
        string="Requested Severity",
        copy=False,
        tracking=True,
        help="What the customer asked for; what was agreed is the severity.",
    )
    severity_differs = fields.Boolean(
        compute="_compute_severity_differs",
        search="_search_severity_differs",
        help="The customer asked for another severity than the ticket has.",
    )
    requested_name = fields.Char(compute="_compute_severity_differs")

    @api.depends("requested_priority", "priority", "sla_policy_id")
    def _compute_severity_differs(self):
        labels = dict(self._fields["priority"]._description_selection(self.env))
        for ticket in self:
            asked = ticket.requested_priority
            policy = ticket.sudo().sla_policy_id
            ticket.severity_differs = bool(asked) and asked != ticket.priority
            ticket.requested_name = (
                (policy._get_severity_name(asked) if policy else labels.get(asked))
                if asked
                else False
            )

    def _search_severity_differs(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain.OR(
            Domain("requested_priority", "=", stars) & Domain("priority", "!=", stars)
            for stars, _label in SEVERITIES
        )

    @api.onchange("impact", "urgency")
    def _onchange_impact(self):
        severity = self._get_severity_by_matrix()
        if severity:
            self.priority = severity

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        rated = [bool(vals.get("impact") and vals.get("urgency")) for vals in vals_list]
        if any(rated):
            tickets._apply_matrix()
        return tickets

    def write(self, vals):
        result = super().write(vals)
        if {"impact", "urgency"} & vals.keys():
            self._apply_matrix()
        return result

    def _apply_matrix(self):
        """Give these tickets the severity of their impact and urgency (R-B1)."""
        for ticket in self:
            severity = ticket._get_severity_by_matrix()
            if severity and severity != ticket.priority:
                ticket.priority = severity

    def _get_severity_by_matrix(self):
        """Return the stars that the policy's matrix gives, or False."""
        policy = self.sudo().sla_policy_id
        if not policy or not self._is_rated():
            return False
        return policy._get_matrix_severity(self.impact, self.urgency)

    def _is_rated(self):
        """Tell whether the matrix counts: without a contract it does not (R-B1)."""
        return not self.is_uncommitted

    def action_agree_severity(self):
        """Give the tickets the severity that their customers asked for (R-A1)."""
        for ticket in self:
            if not ticket.requested_priority:
                raise UserError(
                    self.env._(
                        "The customer of %s asked for no severity.", ticket.display_name
                    )
                )
            if ticket.severity_by == "matrix":
                raise UserError(
                    self.env._(
                        "The severity of %s follows from impact and urgency: change "
                        "those.",
                        ticket.display_name,
                    )
                )
            ticket.priority = ticket.requested_priority
        return True
