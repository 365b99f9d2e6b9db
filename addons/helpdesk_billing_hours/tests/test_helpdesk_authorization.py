"""The price that an authorisation proposes: the contract's, until someone writes it."""

from odoo.tests import Form, tagged

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestAuthorizationPrice(BillingCommon):
    def make_draft(self):
        return Form(self.env["helpdesk.authorization"].with_user(self.agent))

    def test_choosing_the_ticket_brings_the_contracts_price(self):
        self.contract.hour_price = 45
        form = self.make_draft()
        self.assertFalse(form.price_unit)
        form.ticket_id = self.make_billable_ticket("2026-01-12 10:00")
        self.assertEqual(form.price_unit, 45)
        form.hours = 2
        self.assertEqual(form.save().amount, 90)

    def test_a_price_that_is_written_stays(self):
        self.contract.hour_price = 45
        form = self.make_draft()
        form.ticket_id = self.make_billable_ticket("2026-01-12 10:00")
        form.hours = 2
        form.price_unit = 50
        self.assertEqual(form.save().price_unit, 50)

    def test_without_a_contracts_price_the_written_one_stays(self):
        self.contract.hour_price = 0
        form = self.make_draft()
        form.price_unit = 50
        form.ticket_id = self.make_billable_ticket("2026-01-12 10:00")
        form.hours = 2
        self.assertEqual(form.save().price_unit, 50)

    def test_the_contracts_price_changes_none_that_was_asked(self):
        self.contract.hour_price = 45
        ticket = self.make_billable_ticket("2026-01-12 10:00")
        authorization = self.make_authorization(ticket)
        self.contract.hour_price = 60
        self.assertEqual(authorization.price_unit, 45)
