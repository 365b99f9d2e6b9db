from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

from odoo.addons.helpdesk_sla_policy import clock


class HelpdeskSupportContract(models.Model):
    """Who reads the statement of hours of a customer, and what it counts."""

    _inherit = "helpdesk.support.contract"

    mails_statement = fields.Boolean(
        string="Mail the Statement Monthly",
        tracking=True,
        help="When a month is over in the customer's zone, the customer's statement of "
        "hours is mailed once to the contacts of this contract with the role Hours or "
        "Billing. Each of them reads the contracts on which the contact has the role.",
    )
    statement_ids = fields.One2many(
        "helpdesk.hours.statement", "contract_id", string="Statements of Hours"
    )

    # Who sees the hours

    def _may_see_hours(self, partner):
        """Tell whether a contact sees the hours: it has the role Hours or Billing."""
        self.ensure_one()
        return self._has_role(partner, "hours") or self._has_role(partner, "billing")

    @api.model
    def _get_readable_contracts(self, partner):
        """Return the signed contracts whose hours a contact sees on the portal."""
        contracts = self.sudo().search(
            [
                ("partner_id", "=", partner.commercial_partner_id.id),
                ("is_signed", "=", True),
            ]
        )
        return contracts.filtered(lambda contract: contract._may_see_hours(partner))

    @api.model
    def _get_signed_contracts(self, customer, company):
        """Return the signed contracts of a customer with a company."""
        return (
            self.sudo().browse(self._get_signed_ids(customer.id, company.id)).exists()
        )

    @api.model
    def _get_standing_contracts(self, customer, company):
        """Return those that have not ended yet, else the one that ended last."""
        signed = self._get_signed_contracts(customer, company)
        now = fields.Datetime.now()
        return signed.filtered(lambda c: c.ends_at > now) or signed[-1:]

    @api.model
    def _shows_rest(self, partner, company, *roles):
        """Tell whether a contact sees hours of the own company without a contract.

        They belong to no contract, so it takes one of the roles on every contract
        that has not ended yet (on the last one when all have ended). Without any
        contract nobody sees them on the portal.
        """
        customer = partner.commercial_partner_id
        contracts = self._get_standing_contracts(customer, company)
        return bool(contracts) and all(
            any(contract._has_role(partner, role) for role in roles)
            for contract in contracts
        )

    # What they count

    def _get_pooled_contracts(self):
        """Return the contracts that use the same packs: the renewals of one another."""
        self.ensure_one()
        return self._get_pool_members()

    def _reallocate_hours(self):
        """Record what the packs give now, too."""
        result = super()._reallocate_hours()
        self.sudo().pack_ids._record_grants()
        return result

    def _get_local_today(self):
        """Return today's date in the customer's zone."""
        now = clock.to_instant(fields.Datetime.now())
        return fields.Date.to_date(clock.local(now, self.tz or "UTC")[:10])

    # The mail of the month

    def _mail_statement(self):
        """Mail the statement of the last month, once; ask for contacts without any.

        These are contracts of one customer with one company. The month is over when
        it is over in the zone of each of them.
        """
        customer, company = self.partner_id, self.company_id
        signed = self | self._get_signed_contracts(customer, company)
        today = min(contract._get_local_today() for contract in signed)
        start = today + relativedelta(months=-1, day=1)
        stop = start + relativedelta(day=31)
        contracts = self.filtered(
            lambda c: c.date_start <= stop and c.date_end >= start
        )
        if not contracts:
            return
        statements = self.env["helpdesk.hours.statement"].sudo()
        statement = statements._find(customer, company, start, stop)
        if statement._was_mailed(contracts) or not statement.try_lock_for_update():
            return
        for contract in contracts:
            if not contract._get_statement_readers():
                contract._ask_for_contacts()
        people = contracts._get_statement_readers()
        if people:
            statement._send(people)

    def _get_statement_readers(self):
        """Return the contacts of these contracts who see hours and have an e-mail."""
        people = self.env["res.partner"]
        for contract in self:
            people |= contract._get_role_partners("hours", "billing")
        return people.filtered("email")

    def _ask_for_contacts(self):
        """Tell our contact, once, that nobody gets the statement."""
        user = self.user_id or self.env.user
        summary = self.with_context(lang=user.lang).env._(
            "Nobody gets the statement of hours: give a contact the role Hours or "
            "Billing, or switch the mail off"
        )
        self._ask_once(user, summary)

    def _ask_once(self, user, summary):
        if summary not in self.activity_ids.mapped("summary"):
            self.activity_schedule(
                "mail.mail_activity_data_todo", user_id=user.id, summary=summary
            )

    def action_view_statement(self):
        """Open the statements of the customer that say what this contract used."""
        self.ensure_one()
        statements = self.env["helpdesk.hours.statement"]
        return statements._get_action(self.partner_id, self.company_id, self)
