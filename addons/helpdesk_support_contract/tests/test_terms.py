"""The terms of contracts as plain values: states and plans at any moment."""

import doctest

from odoo.tests import BaseCase, tagged

from odoo.addons.helpdesk_sla_policy.tests.common import utc

from .. import terms
from .common import SupportContractCommon


class TestTermsDocumentation(BaseCase):
    def test_doctests(self):
        result = doctest.testmod(terms)
        self.assertGreater(result.attempted, 5)
        self.assertFalse(result.failed)


@tagged("post_install", "-at_install")
class TestTerms(SupportContractCommon):
    def test_an_edit_is_seen_at_once(self):
        """What is kept in memory is forgotten by every write."""
        contract = self.make_contract()
        moment = utc("2026-01-09 12:00")
        self.assertTrue(contract._is_in_force(moment))
        contract.write(
            {"suspended_since": utc("2026-01-09 11:00"), "suspension_reason": "Stop"}
        )
        self.assertEqual(contract._get_state_at(moment), "suspended")
        contract.action_resume()
        self.assertTrue(contract._is_in_force(moment))
        contract.date_end = "2026-01-08"
        self.assertEqual(contract._get_state_at(moment), "ended")

    def test_an_unsaved_contract_has_terms_too(self):
        """The form shows the state of what is being typed."""
        contract = self.make_contract()
        draft = self.env["helpdesk.support.contract"].new(origin=contract)
        draft.date_end = "2026-01-08"
        self.assertEqual(draft._get_state_at(utc("2026-01-09 12:00")), "ended")
        self.assertTrue(contract._is_in_force(utc("2026-01-09 12:00")))

    def test_hours_of_a_plan_are_seen_at_once(self):
        contract = self.make_contract()
        self.assertEqual(contract._get_calendar(False), self.office)
        early = self.make_calendar(6, 8)
        contract.calendar_id = early
        self.assertEqual(contract._get_calendar("non_production"), early)
