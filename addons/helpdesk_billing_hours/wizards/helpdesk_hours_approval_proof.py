from odoo import api, fields, models
from odoo.fields import Command

from ..models.helpdesk_hours_approval_record import CHANNELS


class HelpdeskHoursApprovalProof(models.TransientModel):
    """Record an approval of executed hours that came outside the portal (R-B4)."""

    _name = "helpdesk.hours.approval.proof"
    _description = "Approval of Hours with Proof"

    approval_id = fields.Many2one(
        "helpdesk.hours.approval", required=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Approved By",
        required=True,
        domain="[('id', 'in', approver_ids)]",
        help="A contact with the role Hours on the contract.",
    )
    approver_ids = fields.Many2many("res.partner", compute="_compute_approver_ids")
    channel = fields.Selection(CHANNELS, string="How", required=True, default="email")
    answered_at = fields.Datetime(
        string="When", required=True, default=fields.Datetime.now
    )
    attachment_ids = fields.Many2many(
        "ir.attachment",
        "helpdesk_hours_approval_proof_attachment_rel",
        string="Proof",
        required=True,
        help="The mail, the document or a note of the call in which they approved.",
    )

    @api.depends("approval_id")
    def _compute_approver_ids(self):
        for wizard in self:
            approval = wizard.approval_id.sudo()
            contacts = approval.contract_id.contact_ids.partner_id
            wizard.approver_ids = contacts.filtered(approval._may_answer)

    def action_record(self):
        """Approve on the customer's behalf; the proof stays with the approval."""
        self.ensure_one()
        approval = self.approval_id
        approval._record_approval(
            self.partner_id, self.channel, self.answered_at, self.attachment_ids
        )
        self.attachment_ids = [Command.clear()]
