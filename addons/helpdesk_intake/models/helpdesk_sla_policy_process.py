from odoo import api, fields, models, tools


class HelpdeskSlaPolicy(models.Model):
    """What a policy says about notices and about how a ticket closes."""

    _inherit = "helpdesk.sla.policy"

    notice_ids = fields.One2many(
        "helpdesk.sla.policy.notice",
        "policy_id",
        string="Notices",
        copy=True,
        help="What customers are told about their tickets.",
    )
    tacit_close_days = fields.Integer(
        string="Tacit Closing After",
        tracking=True,
        help="Business days after the solution notice: without an answer of the "
        "customer the ticket closes at the end of the last one. 0: it never closes "
        "by itself.",
    )

    _tacit_close_days_check = models.Constraint(
        "CHECK (tacit_close_days >= 0)",
        "The days until a ticket closes by itself cannot be negative: 0 means never.",
    )

    @api.model
    def _get_agreed_fields(self):
        return super()._get_agreed_fields() | {"tacit_close_days"}

    @api.constrains("tacit_close_days", "office_calendar_id", "calendar_id")
    def _check_tacit_close_days(self):
        for policy in self.filtered("tacit_close_days"):
            policy._check_office_calendar()

    def _describe_notices(self):
        """Return what customers are told of, in words."""
        labels = dict(self.notice_ids._fields["kind"]._description_selection(self.env))
        kinds = set(self.notice_ids.mapped("kind"))
        return ", ".join(label for kind, label in labels.items() if kind in kinds)

    @api.model
    @tools.ormcache("policy_id")
    def _get_notice_templates(self, policy_id):
        """Return {kind: template id} of the notices that a policy sends."""
        lines = self.sudo().browse(policy_id).notice_ids
        return {line.kind: line.template_id.id for line in lines}
