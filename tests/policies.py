"""What the stories of the five policies share: people, jobs and the mails they make."""

from odoo.fields import Command
from odoo.tools import mute_logger

from odoo.addons.helpdesk_intake.tests.notice_common import NoticeMixin
from odoo.addons.helpdesk_sla_policy.tests.common import at, local
from odoo.addons.helpdesk_support_contract.models.helpdesk_support_contact import ROLES
from odoo.addons.helpdesk_support_contract.tests.preset_common import PresetCommon

ADDONS = [
    "helpdesk_sla_policy",
    "helpdesk_support_contract",
    "helpdesk_intake",
    "helpdesk_warranty",
    "helpdesk_billing_hours",
]
#: What runs every minute, or is woken within one.
JOBS = [
    "helpdesk_sla_policy.ir_cron_sweep",
    "helpdesk_intake.ir_cron_notices",
    "helpdesk_intake.ir_cron_tacit_closing",
    "helpdesk_warranty.ir_cron_notices",
]
MAIL_QUEUE = "mail.ir_cron_mail_scheduler_action"
LUCIA = "Lucía Paredes"


class PolicyStory(NoticeMixin, PresetCommon):
    """A preset at work with all our addons: its customer Lucía reads Spanish.

    Her contract is on the plan ``plan_name``; the people of the levels, the agent and
    the team's leader read English. Times are of the policy's zone.
    """

    plan_name = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("es_ES")
        cls.env["ir.module.module"]._load_module_terms(ADDONS, ["es_ES"])
        cls.contact.write({"lang": "es_ES", "name": LUCIA})
        cls.contract = cls.make_preset_contract(
            cls.plan_name, contacts=[(cls.contact, ROLES)]
        )
        cls.agent.name = "Agent"
        group = "helpdesk_mgmt.group_helpdesk_user"
        cls.people = {
            level: cls.make_user(f"story-level-{level}", group, name=f"Level {level}")
            for level in "123"
        }
        cls.manager.name = "Leader"
        cls.team.user_id = cls.manager
        for line in cls.team.level_ids:
            line.user_ids = [Command.set(cls.people[line.level].ids)]

    def setUp(self):
        super().setUp()
        self.env.flush_all()
        self.outbox = []
        self.last_mail = self.mails.search([], order="id desc", limit=1).id or 0

    # Acts

    def make_ticket(self, received, stars="1", **values):
        ticket = super().make_ticket(received, stars, **values)
        self.settle(received)
        return ticket

    def change(self, ticket, when, user=None, **values):
        super().change(ticket, when, user, **values)
        self.settle(when)

    def post(self, ticket, when, author, **values):
        message = super().post(ticket, when, author, **values)
        self.settle(when)
        return message

    def act(self, when, records, name, *args, user=None, **kwargs):
        """Let a person, the agent by default, press a button; return its answer."""
        with at(when, self.tz):
            result = getattr(records.with_user(user or self.agent), name)(
                *args, **kwargs
            )
        self.settle(when)
        return result

    def ask_level(self, ticket, when, target, reason="Nadie puede facturar"):
        """Let Lucía escalate as the page of the portal does; return the log's row."""
        return self.act(
            when,
            ticket,
            "escalate_by_customer",
            self.contact,
            target,
            reason,
            user=self.portal_user,
        )

    def settle(self, when):
        """Do what the end of a transaction does: mails of changes that are tracked."""
        with at(when, self.tz):
            self.env.flush_all()
            self.env.cr.precommit.run()
            self.env.flush_all()
        self.env.invalidate_all()

    def run_minute(self, when):
        """Let every job of a minute run at a wall-clock time, twice: once must do."""
        for _time in range(2):
            for xmlid in JOBS:
                self.run_job(xmlid, when)
            self.collect()
            with mute_logger("odoo.addons.mail.models.mail_mail"):
                self.run_job(MAIL_QUEUE, when)

    # What came of it

    def collect(self):
        """Put what was written since the last time into the outbox."""
        mails = self.mails.search([("id", ">", self.last_mail)], order="id")
        self.last_mail = mails[-1:].id or self.last_mail
        for mail in mails:
            names = [*mail.recipient_ids.mapped("name"), mail.email_to]
            self.outbox.append((", ".join(sorted(filter(None, names))), mail.subject))

    def assertMails(self, ticket, *expected):
        """Assert who was written to since the last time, with which subjects.

        In them # stands for the ticket's number, ## for number and title.
        """
        self.collect()
        mails, self.outbox = self.outbox, []
        number, title = ticket.number, ticket.name
        self.assertEqual(
            sorted(mails),
            sorted(
                (names, subject.replace("##", f"{number} {title}").replace("#", number))
                for names, subject in expected
            ),
        )

    def assertNotices(self, ticket, *expected):
        """Assert the dated notices of a ticket, as pairs of moment and kind."""
        self.assertEqual(
            [
                (local(notice.sent_at, self.tz), notice.kind)
                for notice in ticket.notice_ids.sorted("id")
            ],
            list(expected),
        )

    def assertEscalations(self, ticket, *expected):
        """Assert the log: moment, who asked, levels, who was told, whether late."""
        self.assertEqual(
            [
                (
                    local(row.at, self.tz),
                    row.origin,
                    f"{row.level_from}>{row.level_to}",
                    row.told,
                    row.is_late,
                )
                for row in ticket.escalation_ids.sorted("id")
            ],
            list(expected),
        )

    def assertCoverage(self, ticket, coverage, code):
        """Assert the verdict on who pays for the work, and its reason."""
        self.assertEqual(
            (ticket.coverage, ticket.coverage_reason_id.code), (coverage, code)
        )
