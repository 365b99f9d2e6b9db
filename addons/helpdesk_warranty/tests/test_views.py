"""Filters, calendar and pivot show what they are called after."""

import ast

from lxml import etree

from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import GUAYAQUIL, at, local

from .common import WarrantyCommon


class ViewCommon(WarrantyCommon):
    def setUp(self):
        super().setUp()
        self.agent.tz = GUAYAQUIL

    def filter(self, model, name):
        """Return what an agent finds with a filter of the search view."""
        records = self.env[model].with_user(self.agent)
        arch = etree.fromstring(records.get_view(view_type="search")["arch"])
        (node,) = arch.xpath(f"//filter[@name='{name}']")
        return records.search(ast.literal_eval(node.get("domain"))).sudo()

    def get_arch(self, xmlid, kind):
        """Return a view as the action of this name opens it for an agent."""
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        self.assertIn(kind, action["view_mode"].split(","))
        view_id = {mode: found for found, mode in action["views"]}[kind]
        records = self.env[action["res_model"]].with_user(self.agent)
        return etree.fromstring(records.get_view(view_id, kind)["arch"])


@tagged("post_install", "-at_install")
class TestDeliverableViews(ViewCommon):
    def setUp(self):
        super().setUp()
        # The terms end Thu 15 and Fri 16 January, 17:00.
        self.first = self.make_deliverable("2026-01-08 16:00")
        self.second = self.make_deliverable("2026-01-09 08:00", kind="document")
        self.both = self.first | self.second

    def assertFound(self, name, when, expected):
        with self.subTest(name=name, when=when), at(when):
            self.env.invalidate_all()
            found = self.filter("helpdesk.deliverable", name)
            self.assertEqual(found & self.both, expected)

    def test_awaiting_acceptance(self):
        """R-B5: until the last second of the term, in the one that is accepted too."""
        self.assertFound("awaiting", "2026-01-15 17:00:00", self.both)
        self.assertFound("awaiting", "2026-01-15 17:00:01", self.second)
        with at("2026-01-15 18:00"):
            self.second.action_accept("Lucía")
        self.assertFound("awaiting", "2026-01-15 18:01", self.first.browse())

    def test_term_ends_today(self):
        """R-B5: the day is the reader's; 23:59 of Wednesday is Thursday in UTC."""
        none = self.first.browse()
        for when, expected in (
            ("2026-01-14 23:59:59", none),
            ("2026-01-15 00:00:00", self.first),
            ("2026-01-15 17:00:00", self.first),
            ("2026-01-15 17:00:01", none),  # accepted by silence
            ("2026-01-16 00:00:00", self.second),
        ):
            self.assertFound("ends_today", when, expected)

    def test_term_that_silence_did_not_end_ends_on_its_day_only(self):
        """R-B5: it still waits on the day after, but that day ends nothing."""
        self.first.silence_accepts = False
        self.assertFound("ends_today", "2026-01-15 20:00", self.first)
        self.assertFound("ends_today", "2026-01-16 00:00:00", self.second)
        self.assertFound("awaiting", "2026-01-16 00:00:00", self.both)

    def test_in_warranty(self):
        """R-A7: 60 days from 8 January, through 9 March; a document has none."""
        self.assertFound("in_warranty", "2026-03-09 23:59:59", self.first)
        self.assertFound("in_warranty", "2026-03-10 00:00:00", self.first.browse())

    def test_calendar_of_terms(self):
        """Each delivery stands on the day on which its term ends."""
        arch = self.get_arch(
            "helpdesk_warranty.helpdesk_deliverable_action", "calendar"
        )
        field = arch.get("date_start")
        self.assertEqual(local(self.first[field]), "2026-01-15 17:00:00")
        self.assertFalse(self.make_draft()[field])

    def make_draft(self):
        return self.env["helpdesk.deliverable"].create(
            {"name": "Draft", "ticket_id": self.first.ticket_id.id}
        )


@tagged("post_install", "-at_install")
class TestCoverageViews(ViewCommon):
    def setUp(self):
        super().setUp()
        self.covered = self.make_ticket("10:00")
        self.asked = self.make_billable_ticket()
        self.make_authorization(self.asked)
        self.approved = self.make_billable_ticket()
        self.approve(self.make_authorization(self.approved))
        self.all = self.covered | self.asked | self.approved

    def test_not_covered_and_not_authorised(self):
        """R-A8: what is only asked for waits; what is approved does not."""
        for name, expected in (
            ("not_covered", self.asked | self.approved),
            ("not_authorized", self.asked),
            ("under_warranty", self.asked.browse()),
        ):
            with self.subTest(name=name):
                found = self.filter("helpdesk.ticket", name)
                self.assertEqual(found & self.all, expected)

    def test_pivot_by_reason(self):
        """Rows are the reasons, columns the coverages, cells count tickets."""
        arch = self.get_arch(
            "helpdesk_warranty.helpdesk_ticket_action_coverage", "pivot"
        )
        rows = arch.xpath("//field[@type='row']/@name")
        columns = arch.xpath("//field[@type='col']/@name")
        groups = self.all.with_user(self.agent)._read_group(
            [("id", "in", self.all.ids)], rows + columns, ["__count"]
        )
        self.assertEqual(
            {(reason.code, coverage): count for reason, coverage, count in groups},
            {("covered", "covered"): 1, ("user_error", "billable"): 2},
        )

    def test_flag_in_each_view(self):
        """The agent sees the coverage on form, list and kanban, with the reason."""
        tickets = self.env["helpdesk.ticket"].with_user(self.agent)
        for kind, name in (
            ("form", "coverage_note"),
            ("list", "coverage"),
            ("kanban", "coverage"),
        ):
            with self.subTest(kind=kind):
                arch = etree.fromstring(tickets.get_view(view_type=kind)["arch"])
                nodes = arch.xpath(f"//field[@name='{name}']")
                shown = [
                    node
                    for node in nodes
                    if node.get("column_invisible") not in ("1", "True")
                    and node.get("invisible") not in ("1", "True")
                ]
                self.assertTrue(shown)
