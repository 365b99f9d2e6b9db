from typing import NamedTuple

from odoo import api, models

#: What stands for the hours without a contract among the ids of contracts.
REST = False


class Scope(NamedTuple):
    """The ids of contracts of which somebody reads hours, and money; None: all."""

    seen: frozenset | None
    billed: frozenset | None

    def shows(self, contract):
        return self.seen is None or (contract.id or REST) in self.seen

    def bills(self, contract):
        return self.billed is None or (contract.id or REST) in self.billed


class HelpdeskHoursStatement(models.Model):
    """Who reads what of a statement.

    Agents and accountants read all of it. A contact of the customer reads the
    contracts on which the contact has the role Hours or Billing, with money where it
    is Billing; the hours without a contract take the role on every contract.
    """

    _inherit = "helpdesk.hours.statement"

    @api.model
    def _may_see_money(self):
        """Tell whether the user sees prices: accountants and managers do."""
        user = self.env.user
        return self.env.su or user.has_groups(
            "account.group_account_invoice,helpdesk_mgmt.group_helpdesk_manager"
        )

    def _get_scope(self):
        """Return what is told: to the user, and not more than to the reader.

        The context can only narrow it: ``statement_reader`` is the id of the contact
        of the customer whom it is written for.
        """
        billed = None if self._may_see_money() else frozenset()
        reader = self.env.context.get("statement_reader")
        if not reader:
            return Scope(None, billed)
        scope = self._get_scope_of(self.env["res.partner"].browse(reader))
        return scope if billed is None else Scope(scope.seen, billed)

    def _get_scope_of(self, partner):
        """Return what a contact of the customer may read."""
        self.ensure_one()
        statement, partner = self.sudo(), partner.sudo()
        customer, company = statement.partner_id, statement.company_id
        if partner.commercial_partner_id != customer:
            return Scope(frozenset(), frozenset())
        model = self.env["helpdesk.support.contract"]
        contracts = model._get_readable_contracts(partner)
        contracts = contracts.filtered(lambda c: c.company_id == company)
        seen = set(contracts.ids)
        billed = set(contracts.filtered(lambda c: c._has_role(partner, "billing")).ids)
        if model._shows_rest(partner, company, "hours", "billing"):
            seen.add(REST)
        if model._shows_rest(partner, company, "billing"):
            billed.add(REST)
        return Scope(frozenset(seen), frozenset(billed))
