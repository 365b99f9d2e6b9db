"""Accountants open and print what explains an invoice, without helpdesk groups."""

from lxml import etree

from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import HelpdeskSlaHttpCommon, at

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestAccountantDocuments(BillingCommon, HelpdeskSlaHttpCommon):
    def setUp(self):
        super().setUp()
        self.ticket = self.make_authorized_ticket()
        self.deliverable = self.make_deliverable("2026-01-13 16:00", self.ticket)
        with at("2026-01-14 10:00"):
            self.deliverable.with_user(self.agent).action_accept("Lucía Paredes")
            self.env.flush_all()

    def as_accountant(self, record):
        return record.sudo(False).with_user(self.accountant)

    def test_accountant_has_no_group_of_the_helpdesk(self):
        group = "helpdesk_mgmt.group_helpdesk_user_own"
        self.assertFalse(self.accountant.has_group(group))

    def test_the_way_leads_from_contract_and_ticket_to_the_certificate(self):
        """R-B5: contract → ticket → deliverable → Print, each form opens."""
        for record in (self.contract, self.ticket, self.deliverable):
            with self.subTest(model=record._name):
                own = self.as_accountant(record)
                form = etree.fromstring(own.get_view(view_type="form")["arch"])
                shown = form.xpath("//field[not(ancestor::field)]/@name")
                self.assertTrue(own.read(list(shown)))
        action = self.as_accountant(self.ticket).action_view_deliverables()
        self.assertEqual(action["res_id"], self.deliverable.id)
        menu = self.env["ir.actions.actions"].with_user(self.accountant)
        bindings = menu.get_bindings("helpdesk.deliverable")["report"]
        certificate = self.env.ref("helpdesk_warranty.action_report_certificate")
        self.assertIn(certificate.id, [binding["id"] for binding in bindings])

    def test_certificate_is_printed_by_the_menus_own_address(self):
        """R-B5: who accepted, when, and the term; served as the Print menu asks."""
        self.log_in(self.accountant)
        address = f"/report/html/helpdesk_warranty.certificate/{self.deliverable.id}"
        answer = self.url_open(address)
        self.assertEqual(answer.status_code, 200)
        self.assertIn(
            "Accepted by Lucía Paredes on Wednesday, January 14, 2026, 10:00.",
            answer.text,
        )

    def test_nothing_is_changed_by_who_only_reads(self):
        for operation in ("write", "create", "unlink"):
            own = self.as_accountant(self.deliverable)
            self.assertFalse(own.has_access(operation))
