from odoo import models

from odoo.addons.helpdesk_sla_policy.retry import halve


class HelpdeskHoursRun(models.Model):
    """A run carries the service credits that were approved (R-C7)."""

    _inherit = "helpdesk.hours.run"

    def _get_service_credits(self):
        """Return the approved service credits that this run gives."""
        credits = self.env["helpdesk.service.credit"]
        return credits._get_due(self.company_id, self.date_to, self.partner_ids)

    def _make_drafts(self, shares):
        due = self._get_service_credits()
        run = self.with_context(support_credit_ids=due.ids)
        return super(HelpdeskHoursRun, run)._make_drafts(shares)

    def _finish(self):
        """Give credit notes for the service credits that no draft could take."""
        groups = self._get_service_credits().grouped("contract_id")

        def act(contracts):
            for contract in contracts:
                moves = groups[contract]._lock_approved()._make_credit_notes()
                moves.support_run_id = self

        def fail(contract, error):
            self._fail(contract.partner_id, error, contract)

        if groups:
            halve(self.env, list(groups), act, fail)
        return super()._finish()
