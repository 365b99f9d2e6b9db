from odoo import models
from odoo.exceptions import AccessError, UserError


class HelpdeskAuthorization(models.Model):
    """Who of the customer approves billable work, and is asked to (R-B4, R-C5).

    The contacts whose role it is; while the contract has none, its service owner.
    Without a contract nobody has roles: any contact of the customer may.
    """

    _inherit = "helpdesk.authorization"

    def _get_approvers(self):
        """Return who can be asked: those who approve and have an e-mail address."""
        ticket = self.ticket_id.sudo()
        contract = ticket.contract_id
        partners = contract._get_authorizers() if contract else ticket.partner_id
        return partners.filtered("email")

    def _may_answer(self, partner):
        """Tell whether a contact may approve billable work (R-A8, R-B4)."""
        ticket = self.ticket_id.sudo()
        if partner.commercial_partner_id != ticket.commercial_partner_id:
            return False
        contract = ticket.contract_id
        return not contract or partner in contract._get_authorizers()

    def _check_may_answer(self):
        if not self._may_answer(self.env.user.partner_id):
            raise AccessError(
                self.env._(
                    "You are not on the contract as a contact who approves estimates: "
                    "ask the service owner of your company."
                )
            )

    def _check_approvers(self):
        """Raise UserError, with what to do, when nobody could be asked and approve."""
        if self._get_approvers():
            return
        ticket = self.ticket_id
        contract = ticket.sudo().contract_id
        if contract:
            raise UserError(
                self.env._(
                    "Nobody of %(customer)s can approve hours: give a contact with an "
                    "e-mail address the role Approves Estimates on the contract "
                    "%(contract)s, or name its service owner. If they approved in "
                    "writing, press Record an Approval on an authorisation of the "
                    "ticket and attach it.",
                    customer=ticket.commercial_partner_id.name,
                    contract=contract.name,
                )
            )
        raise UserError(
            self.env._(
                "%s has no contact with an e-mail address who could approve the hours: "
                "choose one on the ticket. If they approved in writing, press Record "
                "an Approval on an authorisation of the ticket and attach it.",
                ticket.display_name,
            )
        )

    def _needs_log_in(self):
        """Tell whether somebody who is asked has no log-in to sign on the portal."""
        return any(not partner.sudo().user_ids for partner in self._get_approvers())
