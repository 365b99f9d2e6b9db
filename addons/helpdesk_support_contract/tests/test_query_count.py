"""What a page costs does not follow how many tickets there are."""

from odoo.tests import tagged
from odoo.tools import SQL

from .common import SupportContractHttpCommon

FEW, MANY = 100, 10_000


@tagged("post_install", "-at_install")
class TestQueryCount(SupportContractHttpCommon):
    """The same number of queries at 100 and at 10,000 tickets of one customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["helpdesk.ticket"].search([]).unlink()
        cls.make_contract(contacts=[cls.contact])

    def add_tickets(self, total):
        """Copy the last ticket, with its timers, until there are so many."""
        ticket = self.env["helpdesk.ticket"].search([], order="id desc", limit=1)
        self.env.flush_all()
        count = total - ticket.search_count([])
        first = ticket.id + 1
        self.copy_table("helpdesk_ticket", "id", ticket.id, first, count)
        self.copy_table("helpdesk_sla_timer", "ticket_id", ticket.id, first, count)
        self.env.invalidate_all()

    def copy_table(self, table, key, row_id, first, count):
        """Insert copies of a ticket's rows, whose ``key`` counts from ``first`` on."""
        self.env.cr.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s",
            [table],
        )
        left_out = {"id", "access_token"} - {key}
        names = [name for (name,) in self.env.cr.fetchall() if name not in left_out]
        values = [
            SQL("copy") if name == key else SQL.identifier(table, name)
            for name in names
        ]
        self.env.cr.execute(
            SQL(
                "INSERT INTO %s (%s) SELECT %s "
                "FROM %s, generate_series(%s, %s) AS copy WHERE %s = %s",
                SQL.identifier(table),
                SQL(", ").join(map(SQL.identifier, names)),
                SQL(", ").join(values),
                SQL.identifier(table),
                first,
                first + count - 1,
                SQL.identifier(table, key),
                row_id,
            )
        )

    def count(self, page):
        """Return the queries of a page once everything that is kept is kept."""
        for _warming in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            page()
        return self.env.cr.sql_log_count - before

    def get_specification(self, kind):
        """Return what the web client reads for a view."""
        tickets = self.env["helpdesk.ticket"].with_user(self.agent)
        view = tickets.get_views([(False, kind)])
        names = view["models"]["helpdesk.ticket"]["fields"]
        relations = ("many2one", "one2many", "many2many")
        return {
            name: {"fields": {"display_name": {}}}
            if tickets._fields[name].type in relations
            else {}
            for name in names
        }

    def test_list_form_and_portal(self):
        tickets = self.env["helpdesk.ticket"].with_user(self.agent)
        first = self.make_ticket("10:00", "3")
        self.assertTrue(first.timer_ids)
        listed, read = self.get_specification("list"), self.get_specification("form")
        self.log_in(self.portal_user)
        pages = {
            "list": lambda: tickets.web_search_read([], listed, limit=80),
            "form": lambda: tickets.browse(first.id).web_read(read),
            "portal list": lambda: self.url_open("/my/tickets"),
            "portal ticket": lambda: self.url_open(f"/my/ticket/{first.id}"),
        }
        counts = []
        for total in (FEW, MANY):
            self.add_tickets(total)
            self.assertEqual(tickets.search_count([]), total)
            counts.append({name: self.count(page) for name, page in pages.items()})
        self.assertTrue(all(counts[0].values()), "pages are counted")
        self.assertEqual(counts[0], counts[1])
