from odoo import api, fields, models


class HelpdeskSupportEnvironment(models.Model):
    _name = "helpdesk.support.environment"
    _description = "Supported Environment"
    _order = "contract_id, kind desc, name"

    name = fields.Char(required=True)
    contract_id = fields.Many2one(
        "helpdesk.support.contract", required=True, index=True, ondelete="cascade"
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(related="contract_id.company_id", store=True)
    partner_id = fields.Many2one(
        related="contract_id.partner_id", store=True, index=True
    )
    kind = fields.Selection(
        [("production", "Production"), ("non_production", "Not production")],
        required=True,
        default="production",
    )
    is_supplied = fields.Boolean(
        string="Supplied by Us",
        default=True,
        help="Objectives apply only to hardware and software that we supply.",
    )

    @api.constrains("name", "contract_id", "active")
    def _check_overlap(self):
        self.contract_id._check_overlap()

    def write(self, vals):
        result = super().write(vals)
        if {"is_supplied", "kind"} & vals.keys():
            tickets = self.env["helpdesk.ticket"].sudo()
            tickets.search(
                [("environment_id", "in", self.ids), ("closed", "=", False)]
            )._record_sla_drift()
        return result

    def unlink(self):
        contracts = self.contract_id
        result = super().unlink()
        contracts._check_overlap()
        return result

    def _get_match(self):
        """Return what makes two environments of a customer the same one."""
        return " ".join((self.name or "").casefold().split())

    def _get_key(self, severity):
        """Return the environment's part of a target's key (R-C1).

        Production is down when the ticket has three stars.
        """
        if not self:
            return False
        if self.kind == "non_production":
            return "non_production"
        return "production_down" if severity == "3" else "production_up"
