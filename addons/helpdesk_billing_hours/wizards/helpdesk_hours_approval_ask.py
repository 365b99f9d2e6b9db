from odoo import api, fields, models
from odoo.fields import Domain


class HelpdeskHoursApprovalAsk(models.TransientModel):
    """Choose the executed hours that customers are asked to approve (R-B4)."""

    _name = "helpdesk.hours.approval.ask"
    _description = "Ask for Approval of Hours"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date_to = fields.Date(
        string="Worked Until",
        required=True,
        default=fields.Date.context_today,
        help="Hours worked until this day, from whenever nobody has approved them.",
    )
    partner_ids = fields.Many2many(
        "res.partner", string="Customers", help="Empty: every customer."
    )
    contract_ids = fields.Many2many(
        "helpdesk.support.contract",
        string="Contracts",
        domain="[('company_id', '=', company_id)]",
        help="Empty: every contract.",
    )
    share_ids = fields.Many2many(
        "helpdesk.hours.share", string="To Approve", compute="_compute_share_ids"
    )

    @api.depends("company_id", "date_to", "partner_ids", "contract_ids")
    def _compute_share_ids(self):
        for wizard in self:
            wizard.share_ids = wizard._find_shares()

    def _find_shares(self):
        """Return the hours that wait for an approval nobody was asked for yet."""
        if not self.date_to or not self.company_id:
            return self.env["helpdesk.hours.share"]
        domain = Domain(
            [
                ("settled", "=", False),
                ("company_id", "=", self.company_id.id),
                ("work_date", "<=", self.date_to),
                ("contract_id", "!=", False),
                ("ticket_id.sla_policy_id.hours_approval", "in", ("billed", "all")),
            ]
        )
        if self.partner_ids:
            customers = self.partner_ids.commercial_partner_id
            domain &= Domain("partner_id", "in", customers.ids)
        if self.contract_ids:
            domain &= Domain("contract_id", "in", self.contract_ids.ids)
        shares = self.env["helpdesk.hours.share"].search(domain, order="work_date, id")
        waiting = shares.sudo().ticket_id.hours_approval_line_ids.filtered(
            lambda line: line.state == "waiting"
        )
        keys = set(waiting.mapped("key"))
        return shares.sudo().filtered(
            lambda share: (
                share._get_hold() == "not_approved"
                and share._get_approval_key() not in keys
            )
        )

    def action_prepare(self):
        """Make the drafts, one for each contract; open them."""
        self.ensure_one()
        approvals = self.env["helpdesk.hours.approval"]
        approvals.check_access("create")
        return approvals._make(self._find_shares())._get_records_action(
            name=self.env._("Approvals of Hours")
        )
