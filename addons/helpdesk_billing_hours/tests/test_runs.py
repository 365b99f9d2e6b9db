"""A month of three customers, worked out by hand; failures."""

from odoo.tests import tagged

from .common import BillingCommon

LOGGER = "odoo.addons.helpdesk_billing_hours.models.helpdesk_hours_run_failure"


@tagged("post_install", "-at_install")
class TestMonth(BillingCommon):
    def make_customer_on(self, name, **contract):
        """Return a customer's contract and a maker of its tickets."""
        customer, user = self.make_customer(name, name.lower())
        contract = self.make_contract(
            partner_id=customer.id,
            contacts=[(user.partner_id, ["estimates"])],
            **contract,
        )
        contract.fee_ids.hours = 0  # free hours: no pack is to come
        return contract, user

    def test_three_customers(self):
        """January 2026, IVA 15 %, to the cent.

        Andes: pack of 2 h, worked 3:20; overage 1:20 at 50.00 = 66.67 by consent;
        tax 10.00; total 76.67.
        Brisa: user error, authorised 3 h at 45.00, worked 0:20 (minimum 1:00) and on
        another ticket 3:40 (cap 3:00): 45.00 + 135.00 = 180.00; tax 27.00; 207.00;
        0:40 wait.
        Cumbre: rounded by quarters of an hour per entry, out of hours at the
        customer's wish: Mon 16:00-18:10 is 1:00 covered, 1:10 → 1:15 at 40.00 = 50.00;
        tax 7.50; 57.50; covered hours are shown at 0.00.
        """
        andes, _user = self.make_customer_on(
            "Andes", has_overage_consent=True, overage_price=50
        )
        self.make_pack("2:00", contract_id=andes.id)
        brisa, buyer = self.make_customer_on("Brisa")
        cumbre, _user = self.make_customer_on(
            "Cumbre", hour_price=40, shows_covered_hours=True
        )
        rounding = self.plan.copy({"rounding_minutes": 15})
        cumbre.plan_id = rounding

        def ticket_of(contract, **values):
            partner = contract.contact_ids.partner_id
            return self.make_ticket("10:00", partner_id=partner.id, **values)

        first = ticket_of(andes)
        self.log(first, "2026-01-13 10:00", "1:50")
        self.log(first, "2026-01-14 10:00", "1:30")
        cause = self.env.ref("helpdesk_warranty.reason_user_error")
        for worked in ("0:20", "3:40"):
            ticket = ticket_of(brisa, cause_id=cause.id, work_override_reason=False)
            self.approve(self.make_authorization(ticket), user=buyer)
            self.log(ticket, "2026-01-15 10:00", worked)
        ticket = ticket_of(cumbre)
        asked = self.request(ticket, "2026-01-19 15:50")
        self.log(ticket, "2026-01-19 16:00", "2:10", **asked)
        moves = self.run_invoicing("2026-01-31")
        amounts = {
            move.partner_id.name: [
                f"{a:.2f}"
                for a in (move.amount_untaxed, move.amount_tax, move.amount_total)
            ]
            for move in moves
        }
        self.assertEqual(
            amounts,
            {
                "Andes": ["66.67", "10.00", "76.67"],
                "Brisa": ["180.00", "27.00", "207.00"],
                "Cumbre": ["50.00", "7.50", "57.50"],
            },
        )
        shown = moves.filtered(lambda move: move.partner_id.name == "Cumbre")
        lines = shown.invoice_line_ids.sorted("price_unit")
        self.assertEqual(
            [(line.quantity, line.price_unit) for line in lines], [(1, 0), (1.25, 40)]
        )
        annex = shown._get_support_annex()
        self.assertEqual(
            [(row["start"], row["accounted"]) for row in annex if row["real"]],
            [("16:00", 1), ("17:00", 70 / 60)],
        )
        self.assertAlmostEqual(sum(row["accounted"] for row in annex), 2.25)
        self.assertTrue(shown._make_support_annex().startswith(b"PK"))
        with self.assertRefused("no support hours"):
            self.run_invoicing("2026-01-31")

    def test_grouping(self):
        """One invoice for each contract, for all of them, or for each ticket."""
        implementation = self.make_contract(
            kind="implementation", contacts=[(self.contact, ["estimates"])]
        )
        for grouping, count in (("contract", 2), ("customer", 1), ("ticket", 3)):
            (self.contract | implementation).write({"invoice_grouping": grouping})
            for contract in (self.contract, implementation, implementation):
                ticket = self.make_billable_ticket(contract_id=contract.id)
                self.approve(self.make_authorization(ticket))
                self.log(ticket, "2026-01-13 10:00", "1:00")
            self.assertEqual(len(self.run_invoicing("2026-01-31")), count, grouping)


@tagged("post_install", "-at_install")
class TestFailure(BillingCommon):
    def test_one_customer_fails_the_others_have_their_drafts(self):
        """Of 9 customers the 7th fails: 8 drafts, one failure, no hours lost."""
        cause = self.env.ref("helpdesk_warranty.reason_user_error")
        tickets = []
        for number in range(9):
            customer, user = self.make_customer(f"Customer {number}", f"c{number}")
            self.make_contract(
                partner_id=customer.id, contacts=[(user.partner_id, ["estimates"])]
            )
            ticket = self.make_ticket(
                "10:00",
                partner_id=user.partner_id.id,
                cause_id=cause.id,
                work_override_reason=False,
            )
            self.approve(self.make_authorization(ticket), user=user)
            self.log(ticket, "2026-01-13 10:00", "1:00")
            tickets.append(ticket)
        bad = tickets[6]
        wizard = type(self.env["helpdesk.hours.invoicing"])
        prepare = wizard._prepare_invoice

        def fail(this, partner, contract, currency, lines):
            if contract == bad.contract_id:
                raise RuntimeError("The customer has no receivable account.")
            return prepare(this, partner, contract, currency, lines)

        self.patch(wizard, "_prepare_invoice", fail)
        with self.assertLogs(LOGGER, "ERROR"):
            moves = self.run_invoicing("2026-01-31")
        self.assertEqual(len(moves), 8)
        run = moves.support_run_id
        self.assertEqual(run.failure_ids.partner_id, bad.commercial_partner_id)
        self.assertIn("no receivable account", run.failure_ids.message)
        self.assertFalse(bad.share_ids.settled)
        self.patch(wizard, "_prepare_invoice", prepare)
        self.assertEqual(len(self.run_invoicing("2026-01-31")), 1)
        self.assertTrue(bad.share_ids.settled)

    def test_other_company_is_left_alone(self):
        ticket = self.make_authorized_ticket()
        self.log(ticket, "2026-01-13 10:00", "1:00")
        company = self.env["res.company"].create({"name": "Other"})
        self.accountant.company_ids |= company
        with self.assertRefused("no support hours"):
            self.run_invoicing("2026-01-31", company_id=company.id)
        self.assertFalse(ticket.share_ids.settled)

    def test_period_that_ends_before_it_starts(self):
        with self.assertRefused("ends before it starts"):
            self.env["helpdesk.hours.invoicing"].create(
                {"date_from": "2026-02-01", "date_to": "2026-01-31"}
            )
