import logging

from psycopg2 import IntegrityError

from odoo import fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)


class HelpdeskHoursRunFailure(models.Model):
    """An invoice that a run could not make; its hours are left for the next one."""

    _name = "helpdesk.hours.run.failure"
    _description = "Failure of an Invoicing Run"
    _allow_sudo_commands = False

    run_id = fields.Many2one(
        "helpdesk.hours.run",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    contract_id = fields.Many2one("helpdesk.support.contract", readonly=True)
    message = fields.Char(readonly=True)


class HelpdeskHoursRun(models.Model):
    """What keeps a run from making an invoice."""

    _inherit = "helpdesk.hours.run"

    def _get_obstacle(self, customer):
        """Return why no invoice can be made for a customer, as a sentence, or None."""
        account = customer.with_company(self.company_id).property_account_receivable_id
        if account and account.account_type != "asset_receivable":
            return self.env._(
                "The receivable account of %(customer)s, %(account)s, is of another "
                "type: choose another one on the customer's page Accounting.",
                customer=customer.display_name,
                account=account.display_name,
            )
        return None

    def _get_customers_that_failed(self):
        """Return whom the last run could not invoice: they are tried alone."""
        domain = [("company_id", "=", self.company_id.id), ("id", "<", self.id)]
        return self.search(domain, limit=1).failure_ids.partner_id

    def _fail(self, customer, error, contract=None):
        """List a customer that cannot be invoiced, with the reason."""
        self.env["helpdesk.hours.run.failure"].create(
            {
                "run_id": self.id,
                "partner_id": customer.id,
                "contract_id": contract.id if contract else False,
                "message": self._get_sentence(error),
            }
        )

    def _get_sentence(self, error):
        """Return an error as a sentence for an accountant."""
        if isinstance(error, UserError):
            return str(error).split("\n")[0]
        if isinstance(error, IntegrityError):
            return self.env["account.move"]._sql_error_to_message(error)
        _logger.error("An invoice of support hours failed", exc_info=error)
        return self.env._(
            "An error of the program, ask who looks after it: %s",
            str(error).split("\n")[0],
        )
