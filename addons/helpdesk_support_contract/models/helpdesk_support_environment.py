from odoo import fields, models


class HelpdeskSupportEnvironment(models.Model):
    _name = "helpdesk.support.environment"
    _description = "Supported Environment"
    _order = "contract_id, kind desc, name"

    name = fields.Char(required=True)
    contract_id = fields.Many2one(
        "helpdesk.support.contract", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True)
    kind = fields.Selection(
        [("production", "Production"), ("non_production", "Not production")],
        required=True,
        default="production",
    )
    is_supplied = fields.Boolean(
        string="Supplied by Us",
        default=True,
        help="Objectives apply only to hardware and software that we supply (R-D4).",
    )

    def _get_key(self, severity):
        """Return the environment's part of a target's key (R-C1).

        Production is down when the ticket has three stars.
        """
        if not self:
            return False
        if self.kind == "non_production":
            return "non_production"
        return "production_down" if severity == "3" else "production_up"
