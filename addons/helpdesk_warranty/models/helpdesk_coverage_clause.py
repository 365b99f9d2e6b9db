from odoo import api, fields, models, tools


class HelpdeskCoverageClause(models.Model):
    """What one policy says of a cause: covered or not, and what the warranty is worth.

    A policy that has no line for a cause excludes it, as the cause itself says.
    """

    _name = "helpdesk.coverage.clause"
    _description = "Clause on a Cause"
    _inherit = ["helpdesk.support.term.mixin"]
    _order = "policy_id, is_covered desc, reason_id"
    _rec_name = "reason_id"

    policy_id = fields.Many2one(
        "helpdesk.sla.policy", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    reason_id = fields.Many2one(
        "helpdesk.coverage.reason",
        string="Cause",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('is_cause', '=', True)]",
    )
    is_covered = fields.Boolean(
        string="Covered",
        help="The contract covers this cause here, although others exclude it.",
    )
    breaks_warranty = fields.Boolean(
        compute="_compute_breaks_warranty",
        store=True,
        readonly=False,
        precompute=True,
        help="A fault with this cause is none of the warranty, though its days are "
        "not over.",
    )
    clause = fields.Char(
        translate=True,
        help="The words of this policy. Empty: those of the cause.",
    )

    _reason_uniq = models.Constraint(
        "UNIQUE (policy_id, reason_id)",
        "The policy says something of this cause already: change that line.",
    )

    @api.depends("reason_id")
    def _compute_breaks_warranty(self):
        for clause in self:
            clause.breaks_warranty = clause.reason_id.breaks_warranty

    @api.model
    @tools.ormcache("policy_id", "reason_id")
    def _get_terms(self, policy_id, reason_id):
        """Return (covered, breaks the warranty, id of the clause or False)."""
        clause = self.sudo().search(
            [("policy_id", "=", policy_id), ("reason_id", "=", reason_id)], limit=1
        )
        if clause:
            return clause.is_covered, clause.breaks_warranty, clause.id
        reason = self.env["helpdesk.coverage.reason"].sudo().browse(reason_id)
        return False, reason.breaks_warranty, False

    @api.model
    def _get_agreed_fields(self):
        return super()._get_agreed_fields() | {
            "breaks_warranty",
            "clause",
            "is_covered",
            "policy_id",
            "reason_id",
        }

    @api.model_create_multi
    def create(self, vals_list):
        clauses = super().create(vals_list)
        clauses._judge_again()
        return clauses

    def write(self, vals):
        result = super().write(vals)
        self._judge_again()
        return result

    def unlink(self):
        policies, reasons = self.policy_id, self.reason_id
        result = super().unlink()
        reasons._judge_again(policies)
        return result

    def _judge_again(self):
        self.reason_id._judge_again(self.policy_id)
