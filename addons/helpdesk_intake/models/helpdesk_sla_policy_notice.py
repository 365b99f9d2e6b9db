from odoo import api, fields, models

from .helpdesk_ticket_notice import KINDS


class HelpdeskSlaPolicyNotice(models.Model):
    """One notice that a policy sends to customers, with its text."""

    _name = "helpdesk.sla.policy.notice"
    _inherit = ["helpdesk.cached.mixin", "helpdesk.support.term.mixin"]
    _description = "Notice of an SLA Policy"
    _order = "policy_id, id"

    policy_id = fields.Many2one(
        "helpdesk.sla.policy", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    kind = fields.Selection(KINDS, string="Notice", required=True)
    template_id = fields.Many2one(
        "mail.template",
        string="Text",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('model', '=', 'helpdesk.ticket')]",
        help="The mail that the customer gets, in the customer's language.",
    )

    _kind_uniq = models.Constraint(
        "UNIQUE (policy_id, kind)", "A policy sends each kind of notice only once."
    )

    @api.model
    def _get_agreed_fields(self):
        # That a notice is sent is agreed; its words stay free.
        return super()._get_agreed_fields() | {"kind", "policy_id"}

    @api.onchange("kind")
    def _onchange_kind(self):
        if self.kind:
            self.template_id = self.env.ref(
                f"helpdesk_intake.mail_template_{self.kind}", raise_if_not_found=False
            )
