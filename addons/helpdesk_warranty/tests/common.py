"""What the tests of warranties share: a contract with a contact of every role."""

from odoo.addons.helpdesk_sla_policy.tests.common import (
    HelpdeskSlaCommon,
    HelpdeskSlaHttpCommon,
    at,
)
from odoo.addons.helpdesk_support_contract.tests.common import SupportContractMixin

#: A picture of one transparent point, as the signature form sends it.
SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6"
    "kgAAAABJRU5ErkJggg=="
)


class WarrantyMixin(SupportContractMixin):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cron = cls.env.ref("helpdesk_sla_policy.ir_cron_sweep")
        cls.stranger = cls.make_customer("Otra Empresa", "otra")[1]
        # A colleague of the contact, on the contract without any role to approve.
        cls.colleague = cls.make_user("andina-colleague", "base.group_portal")
        cls.colleague.partner_id.parent_id = cls.customer
        cls.contract = cls.make_contract(
            contacts=[
                (cls.contact, ["estimates", "deliverables", "billing"]),
                cls.colleague.partner_id,
            ],
        )

    def make_deliverable(self, delivered, ticket=None, kind="development", **values):
        """Return a deliverable that the agent delivered at a wall-clock time."""
        ticket = ticket or self.make_ticket("2026-01-05 10:00")
        with at(delivered):
            deliverable = (
                self.env["helpdesk.deliverable"]
                .with_user(self.agent)
                .create(
                    {
                        "name": "Adjusted report",
                        "ticket_id": ticket.id,
                        "kind": kind,
                        **values,
                    }
                )
            )
            deliverable.action_deliver()
            self.env.flush_all()
        self.env.invalidate_all()
        return deliverable.sudo()

    def make_claim(self, received, deliverable, **values):
        """Return a ticket that claims a fault of a deliverable."""
        return self.make_ticket(
            received,
            deliverable_id=deliverable.id,
            work_override_reason=False,
            **values,
        )

    def make_clause(self, cause, **values):
        """Return what the shipped policy says of a cause."""
        with self.as_unsigned():
            return self.env["helpdesk.coverage.clause"].create(
                {"policy_id": self.policy.id, "reason_id": cause.id, **values}
            )

    def make_service_credit(self, ticket, **values):
        """Return a credit of January, its line of a missed target, and its rule."""
        with self.as_unsigned():
            rule = self.env["helpdesk.service.credit.rule"].create(
                {"policy_id": self.policy.id, "percent": 5}
            )
        credit = self.env["helpdesk.service.credit"].create(
            {
                "contract_id": self.contract.id,
                "period": "month",
                "date_from": "2026-01-01",
                "date_to": "2026-01-31",
                **values,
            }
        )
        line = self.env["helpdesk.service.credit.line"].create(
            {
                "credit_id": credit.id,
                "rule_id": rule.id,
                "ticket_id": ticket.id,
                "metric": "response",
            }
        )
        return credit, line, rule

    def make_billable_ticket(self, received="2026-01-12 10:00", **values):
        """Return a ticket on a cause that the policy excludes."""
        cause = self.env.ref("helpdesk_warranty.reason_user_error")
        return self.make_ticket(
            received, cause_id=cause.id, work_override_reason=False, **values
        )

    def make_authorization(self, ticket=None, sent="2026-01-12 11:00", **values):
        """Return an authorisation that the agent sent (None: still a draft)."""
        ticket = ticket or self.make_billable_ticket()
        with at(sent or "2026-01-12 11:00"):
            authorization = (
                self.env["helpdesk.authorization"]
                .with_user(self.agent)
                .create(
                    {"ticket_id": ticket.id, "hours": 3, "price_unit": 45, **values}
                )
            )
            if sent:
                authorization.action_send()
            self.env.flush_all()
        self.env.invalidate_all()
        return authorization.sudo()

    def approve(self, authorization, when="2026-01-12 12:00", user=None):
        """Let the customer sign, as the portal's route does."""
        with at(when):
            authorization.sudo(False).with_user(user or self.portal_user)._sign(
                "Lucía Paredes", SIGNATURE, "192.0.2.7"
            )
            self.env.flush_all()
        self.env.invalidate_all()

    def run_cron(self, when, cron=None):
        """Let the sweep, or another real job, run at a wall-clock time."""
        with at(when), self.enter_registry_test_mode():
            (cron or self.cron).method_direct_trigger()
        self.env.invalidate_all()

    def run_notices(self, when):
        """Let the job write the mails that were left to it."""
        self.run_cron(when, self.env.ref("helpdesk_warranty.ir_cron_notices"))

    def get_mails(self, deliverable, purpose):
        """Return the mails that were written about a deliverable."""
        notices = deliverable.event_ids.filtered(
            lambda event: event.kind == "notified" and event.purpose == purpose
        )
        return self.env["mail.mail"].search(
            [("message_id", "in", notices.mapped("message_key"))], order="id"
        )


class WarrantyCommon(WarrantyMixin, HelpdeskSlaCommon):
    pass


class WarrantyHttpCommon(WarrantyMixin, HelpdeskSlaHttpCommon):
    pass
