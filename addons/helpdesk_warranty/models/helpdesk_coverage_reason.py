from odoo import api, fields, models, tools
from odoo.exceptions import UserError

COVERAGES = [
    ("pending", "Pending"),
    ("covered", "Covered"),
    ("warranty", "Under warranty"),
    ("billable", "Not covered"),
    ("void", "Void"),
]


class HelpdeskCoverageReason(models.Model):
    _name = "helpdesk.coverage.reason"
    _description = "Coverage Reason"
    _order = "sequence, id"

    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    code = fields.Char(required=True, help="Stable name used by the coverage rules.")
    name = fields.Char(required=True, translate=True)
    clause = fields.Char(
        translate=True, help="The clause of the policy that the reason quotes."
    )
    coverage = fields.Selection(COVERAGES, required=True, default="billable")
    is_cause = fields.Boolean(
        string="Chosen by the Agent",
        help="A cause that the agent picks on the ticket, as user error.",
    )

    _code_uniq = models.Constraint(
        "UNIQUE (code)", "Another reason has this code already."
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_rule(self):
        if any(not reason.is_cause for reason in self):
            raise UserError(
                self.env._(
                    "The coverage rules use this reason: change its name or its clause "
                    "instead of deleting it."
                )
            )

    @api.model
    def _get(self, code):
        """Return the reason with a code; archived ones count too."""
        return self.sudo().browse(self._get_decision(code)[0])

    @api.model
    @tools.ormcache("code")
    def _get_decision(self, code):
        """Return (id, coverage) of the reason with a code."""
        reasons = self.sudo().with_context(active_test=False)
        reason = reasons.search([("code", "=", code)], limit=1)
        return reason.id, reason.coverage

    @api.model_create_multi
    def create(self, vals_list):
        reasons = super().create(vals_list)
        self.env.registry.clear_cache()
        return reasons

    def write(self, vals):
        result = super().write(vals)
        if {"code", "coverage"} & vals.keys():
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
