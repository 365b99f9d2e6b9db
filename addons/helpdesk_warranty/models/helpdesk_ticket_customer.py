from odoo import models
from odoo.exceptions import UserError

#: What brings another customer or contract to a ticket.
MOVING = {"contract_id", "environment_id", "partner_id"}


class HelpdeskTicket(models.Model):
    """What a customer was shown stays with that customer and that contract.

    Who may see and answer a delivery or an authorisation follows from the ticket.
    """

    _inherit = "helpdesk.ticket"

    def write(self, vals):
        if not MOVING & vals.keys():
            return super().write(vals)
        before = self._get_shown_to()
        result = super().write(vals)
        for ticket, (customer, contract) in before.items():
            if ticket.commercial_partner_id != customer:
                ticket._refuse_customer(customer)
            if ticket.sudo().contract_id != contract:
                ticket._refuse_contract(contract)
        return result

    def _get_shown_to(self):
        """Return customer and contract of the tickets that sent something."""
        return {
            ticket: (ticket.commercial_partner_id, ticket.sudo().contract_id)
            for ticket in self
            if ticket._get_shown()
        }

    def _get_shown(self, waiting=False):
        """Return the numbers of what was sent, or of what waits for an answer."""
        ticket = self.sudo()
        deliverables = ticket.deliverable_ids.filtered("delivered_at")
        authorizations = ticket.authorization_ids.filtered(lambda a: a.state != "draft")
        if waiting:
            deliverables = deliverables.filtered(lambda d: d.state == "delivered")
            authorizations = authorizations.filtered(lambda a: a.state == "sent")
        numbers = [*deliverables.mapped("number"), *authorizations.mapped("name")]
        return ", ".join(dict.fromkeys(numbers))

    def _refuse_customer(self, customer):
        raise UserError(
            self.env._(
                "%(ticket)s stays with %(customer)s, who was sent %(documents)s. Open "
                "a new ticket for the other customer, and cancel this one if it was "
                "never theirs.",
                ticket=self.number,
                customer=customer.display_name,
                documents=self._get_shown(),
            )
        )

    def _refuse_contract(self, contract):
        """Raise UserError while contacts of the old contract have still to answer."""
        documents = self._get_shown(waiting=True)
        if documents:
            raise UserError(
                self.env._(
                    "The contacts of %(contract)s have still to answer %(documents)s. "
                    "Record the answer or withdraw what was sent, then change the "
                    "contract of %(ticket)s.",
                    contract=contract.display_name or self.env._("the customer"),
                    documents=documents,
                    ticket=self.number,
                )
            )
