from odoo import api, fields, models, tools

from .helpdesk_ticket_notice import KINDS


class HelpdeskTicketStage(models.Model):
    """Which notice the customer gets when a ticket enters a stage."""

    _inherit = "helpdesk.ticket.stage"

    notice_kind = fields.Selection(
        [kind for kind in KINDS if kind[0] in ("diagnosis", "solution", "closing")],
        string="Notice to the Customer",
        compute="_compute_notice_kind",
        store=True,
        readonly=False,
        precompute=True,
        help="What the customer is told when a ticket enters this stage, if the "
        "policy of the ticket sends that notice.",
    )

    @api.depends("require_diagnosis", "require_solution", "closed")
    def _compute_notice_kind(self):
        for stage in self:
            if stage.closed:
                stage.notice_kind = "closing"
            elif stage.require_solution:
                stage.notice_kind = "solution"
            else:
                stage.notice_kind = stage.require_diagnosis and "diagnosis"

    @api.model
    @tools.ormcache("stage_id")
    def _get_notice_kind(self, stage_id):
        """Return the kind of notice that a stage sends, or False."""
        return self.sudo().browse(stage_id).notice_kind
