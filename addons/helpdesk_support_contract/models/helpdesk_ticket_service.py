from odoo import api, fields, models


class HelpdeskTicket(models.Model):
    """What a ticket asks for, and whether its plan includes it (R-A5)."""

    _inherit = "helpdesk.ticket"

    service_id = fields.Many2one(
        "helpdesk.support.service",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        domain="[('company_id', 'in', (False, company_id))]",
        help="What the customer asks for. A service that the plan excludes shows at "
        "once, and its work is not covered.",
    )
    is_excluded = fields.Boolean(
        string="Not in the Plan",
        compute="_compute_is_excluded",
        store=True,
        help="The channel or the service is not part of the customer's plan.",
    )
    exclusion_note = fields.Char(
        string="What the Plan Excludes", compute="_compute_exclusion_note"
    )

    @api.depends("channel_id", "contract_id", "contract_id.plan_id", "service_id")
    def _compute_is_excluded(self):
        for ticket in self:
            ticket.is_excluded = bool(ticket._get_excluded())

    @api.depends("is_excluded", "channel_id", "service_id")
    @api.depends_context("lang")
    def _compute_exclusion_note(self):
        for ticket in self:
            names = [record.sudo().display_name for record in ticket._get_excluded()]
            ticket.exclusion_note = (
                self.env._("The plan does not include: %s", ", ".join(names))
                if names
                else False
            )

    def _get_excluded(self, moment=None):
        """Return what the plan does not include: the service, the channel, or both.

        ``moment`` is a naive UTC datetime, by default the closing, else now.
        """
        self.ensure_one()
        contract = self.sudo().contract_id
        if not contract or not (self.channel_id or self.service_id):
            return []
        closed = self.closed_date if self.stage_id.closed else False
        plan = contract._get_plan_at(moment or closed or fields.Datetime.now())
        excluded = []
        if self.service_id and contract._excludes_service(self.service_id, plan):
            excluded.append(self.service_id)
        if self.channel_id and plan._excludes_channel(self.channel_id):
            excluded.append(self.channel_id)
        return excluded
