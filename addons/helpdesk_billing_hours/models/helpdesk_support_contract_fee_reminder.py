from odoo import models

from .helpdesk_support_fee_reminder import ACTIVITY


class HelpdeskSupportContract(models.Model):
    """Who is reminded of fees that wait for an invoice, until they have one."""

    _inherit = "helpdesk.support.contract"

    def _get_fee_user(self):
        """Return who invoices fees: as set, else an accountant, else our contact."""
        company = self.company_id
        if company.support_fee_user_id:
            return company.support_fee_user_id
        group = self.env.ref("account.group_account_invoice")
        accountants = self.env["res.users"].search(
            [
                ("all_group_ids", "in", group.ids),
                ("company_ids", "in", company.ids),
                ("share", "=", False),
            ],
            order="id",
        )
        own = accountants.filtered(lambda user: user == self.user_id)
        return (own or accountants)[:1] or self.user_id or self.env.user

    def _end_fee_reminders(self):
        """Take the reminder back when no fee that it was about waits any more."""
        for contract in self:
            waiting = contract.sudo().fee_ids.filtered(
                lambda fee: fee.reminded_at and fee.state in ("open", "draft")
            )
            if not waiting:
                contract.sudo().activity_unlink([ACTIVITY])
