from dateutil.relativedelta import relativedelta

from odoo import fields, models

from odoo.addons.helpdesk_sla_policy import clock


class HelpdeskSupportContract(models.Model):
    """Who reads the statement of hours of a contract, and what it counts."""

    _inherit = "helpdesk.support.contract"

    mails_statement = fields.Boolean(
        string="Mail the Statement Monthly",
        tracking=True,
        help="When a month is over in the customer's zone, its statement of hours is "
        "mailed once to the contacts with the role Hours or Billing.",
    )
    statement_ids = fields.One2many(
        "helpdesk.hours.statement", "contract_id", string="Statements of Hours"
    )

    def _may_see_hours(self, partner):
        """Tell whether a contact sees the hours: it has the role Hours or Billing."""
        self.ensure_one()
        return self._has_role(partner, "hours") or self._has_role(partner, "billing")

    def _get_readable_contracts(self, partner):
        """Return the signed contracts whose hours a contact sees on the portal."""
        contracts = self.sudo().search(
            [
                ("partner_id", "=", partner.commercial_partner_id.id),
                ("is_signed", "=", True),
            ]
        )
        return contracts.filtered(lambda contract: contract._may_see_hours(partner))

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

    def _mail_statement(self):
        """Mail the statement of the last month, once; ask for contacts without any."""
        self.ensure_one()
        statements = self.env["helpdesk.hours.statement"].sudo()
        start = self._get_local_today() + relativedelta(months=-1, day=1)
        stop = start + relativedelta(day=31)
        if stop < self.date_start or start > self.date_end:
            return
        statement = statements._find(self, start, stop)
        period = [("date_from", "=", start), ("date_to", "=", stop)]
        pool = [("contract_id", "in", self._get_pooled_contracts().ids)]
        if statements.search_count([*period, *pool, ("sent_at", "!=", False)]):
            return  # mailed by an earlier run, or with the contract that it renews
        if not statement.try_lock_for_update():
            return
        if statement._get_recipients():
            statement._send()
        else:
            self._ask_for_contacts()

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
        """Open a statement of the hours of the last month."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_billing_hours.helpdesk_hours_statement_action"
        )
        action["domain"] = [("contract_id", "=", self.id)]
        action["context"] = {"default_contract_id": self.id}
        return action
