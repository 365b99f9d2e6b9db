"""What the tests of tickets share: policy A's team, its people and frozen time."""

import contextlib

from odoo import api, http
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import HttpCase, TransactionCase, freeze_time, new_test_user

from odoo.addons.helpdesk_sla_policy import clock

GUAYAQUIL = "America/Guayaquil"

STAGES = {
    "new": "helpdesk_sla_policy.stage_new",
    "assigned": "helpdesk_sla_policy.stage_assigned",
    "in_progress": "helpdesk_sla_policy.stage_in_progress",
    "awaiting": "helpdesk_sla_policy.stage_awaiting",
    "returned": "helpdesk_sla_policy.stage_returned",
    "development": "helpdesk_sla_policy.stage_development",
    "closing": "helpdesk_sla_policy.stage_closing",
    "done": "helpdesk_sla_policy.stage_done",
    "cancelled": "helpdesk_sla_policy.stage_cancelled",
    "rejected": "helpdesk_sla_policy.stage_rejected",
}


def utc(text, tz=GUAYAQUIL):
    """Return wall-clock text as naive UTC; a bare time is Mon 12 Jan 2026."""
    text = text if "-" in text else f"2026-01-12 {text}"
    return clock.to_datetime(clock.instant(text, tz))


def local(moment, tz=GUAYAQUIL):
    """Return a naive UTC datetime as wall-clock text to the second, False as False."""
    return moment and clock.local(clock.to_instant(moment), tz)


def at(text, tz=GUAYAQUIL):
    """Let the time stand at a wall-clock text; see utc."""
    return freeze_time(utc(text, tz))


def seconds(text):
    """Return ``3:15`` or ``3:15:00`` in seconds."""
    hours, minutes, *rest = (int(part) for part in text.split(":"))
    return hours * 3600 + minutes * 60 + (rest[0] if rest else 0)


class HelpdeskSlaCommon(TransactionCase):
    """The shipped policy A on its team; users of every level of access."""

    #: The zone of the times in a test.
    tz = GUAYAQUIL

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env.ref("helpdesk_sla_policy.policy_stars")
        cls.office = cls.env.ref("helpdesk_sla_policy.calendar_office")
        cls.always = cls.env.ref("helpdesk_sla_policy.calendar_always")
        cls.team = cls.env.ref("helpdesk_sla_policy.team_stars")
        cls.development = cls.env.ref("helpdesk_sla_policy.type_development")
        cls.policy.ask_breach_reason = False  # has tests of its own
        cls.stages = {name: cls.env.ref(xmlid) for name, xmlid in STAGES.items()}
        group = "helpdesk_mgmt.group_helpdesk_"
        cls.agent = cls.make_user("sla-agent", f"{group}user")
        cls.agent_own = cls.make_user("sla-agent-own", f"{group}user_own")
        cls.agent_team = cls.make_user("sla-agent-team", f"{group}user_team")
        cls.manager = cls.make_user("sla-manager", f"{group}manager")
        cls.team.user_ids = [Command.link(cls.agent.id), Command.link(cls.manager.id)]
        cls.customer, cls.portal_user = cls.make_customer("Comercial Andina", "andina")
        cls.contact = cls.portal_user.partner_id

    @classmethod
    def make_user(cls, login, groups, **values):
        email = f"{login}@support.example.com"
        return new_test_user(cls.env, login, groups=groups, email=email, **values)

    @classmethod
    def make_customer(cls, name, login):
        """Return a company and the portal user of one of its contacts."""
        partners = cls.env["res.partner"]
        customer = partners.create({"name": name, "is_company": True})
        contact = partners.create(
            {
                "name": f"Contact of {name}",
                "email": f"{login}@customer.example.com",
                "parent_id": customer.id,
            }
        )
        user = new_test_user(
            cls.env,
            f"{login}-portal",
            groups="base.group_portal",
            partner_id=contact.id,
            name=contact.name,
            email=contact.email,
        )
        return customer, user

    @classmethod
    def make_calendar(cls, opens, closes, days=range(5), tz=GUAYAQUIL, **values):
        """Return a calendar with the same hours, as 9 and 17.5, on each of the days."""
        lines = [
            Command.create(
                {
                    "name": "Attention",
                    "dayofweek": str(day),
                    "hour_from": opens,
                    "hour_to": closes,
                    "day_period": "full_day",
                }
            )
            for day in days
        ]
        return cls.env["resource.calendar"].create(
            {
                "name": f"{opens}-{closes}",
                "tz": tz,
                "company_id": False,
                "attendance_ids": [Command.clear(), *lines],
                "global_leave_ids": [Command.clear()],
                **values,
            }
        )

    @classmethod
    def make_holiday(cls, date, calendar=None, tz=GUAYAQUIL, **values):
        """Make a public holiday as the interface does: it ends at 23:59:59."""
        return cls.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": (calendar or cls.office).id,
                "company_id": False,
                "date_from": utc(f"{date} 00:00", tz),
                "date_to": utc(f"{date} 23:59:59", tz),
                **values,
            }
        )

    @classmethod
    def make_policy(cls, *targets, **values):
        """Return a policy of the office; a target is metric, amount and its case."""
        return cls.env["helpdesk.sla.policy"].create(
            {
                "name": "Test Policy",
                "calendar_id": cls.office.id,
                "target_ids": [
                    Command.create({"metric": metric, "amount": amount, **case})
                    for metric, amount, case in targets
                ],
                **values,
            }
        )

    def make_ticket(self, received, stars="1", **values):
        """Return a ticket that the customer opened at a wall-clock time."""
        with at(received, self.tz):
            return self.env["helpdesk.ticket"].create(
                self.prepare_ticket(stars, **values)
            )

    def prepare_ticket(self, stars="1", **values):
        vals = {
            "name": "Invoices fail",
            "description": "<p>The button Validate shows an error.</p>",
            "team_id": self.team.id,
            "user_id": False,
            "partner_id": self.contact.id,
            "priority": stars,
        }
        return {**vals, **self.get_leave_to_work(), **values}

    def get_leave_to_work(self):
        """Return what an addon above this one asks for; it is not tested here."""
        if "work_override_reason" in self.env["helpdesk.ticket"]._fields:
            return {"work_override_reason": "Test"}
        return {}

    def move(self, ticket, when, stage, user=None, **values):
        """Let an agent move a ticket; the texts that the stage asks for are given."""
        values["stage_id"] = self.stages[stage].id
        if self.stages[stage].require_diagnosis:
            values.setdefault("diagnosis", "<p>The sequence has run out.</p>")
        if self.stages[stage].require_solution:
            values.setdefault("solution", "<p>Extended and tested.</p>")
        if stage == "rejected" and "refusal_reason" in ticket._fields:
            values.setdefault("refusal_reason", "Test")  # an addon above asks for it
        self.change(ticket, when, user, **values)

    def change(self, ticket, when, user=None, **values):
        """Let an agent write on a ticket at a wall-clock time."""
        with at(when, self.tz):
            ticket.with_user(user or self.agent).write(values)
            self.env.flush_all()
        self.env.invalidate_all()

    def post(self, ticket, when, author, **values):
        """Post a message on a ticket; public unless the values say otherwise."""
        defaults = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        with at(when, self.tz):
            message = ticket.with_user(author).message_post(
                body="Text", **{**defaults, **values}
            )
            self.env.flush_all()
        self.env.invalidate_all()
        return message

    def ask_nothing(self):
        """Let the form on the portal take a bare ticket, with addons that ask more."""
        if "helpdesk.intake.field" in self.env:
            # What signed contracts keep is taken out below the model that keeps it.
            self.env.cr.execute("UPDATE helpdesk_intake_field SET active = false")
            self.env.invalidate_all()

    def follow_changes(self, when):
        """Run the job by which open tickets follow other hours, with the real cron."""
        cron = self.env.ref("helpdesk_sla_policy.ir_cron_change")
        with at(when), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()

    @contextlib.contextmanager
    def request_of(self, user):
        """Give an environment as a web request of the user has it.

        A test's own transaction belongs to the superuser, who may do anything.
        """
        self.env.flush_all()
        mode = contextlib.nullcontext()
        if not isinstance(self, HttpCase):
            mode = self.enter_registry_test_mode()
        with mode, self.registry.cursor() as cr:
            yield api.Environment(cr, user.id, {})

    @contextlib.contextmanager
    def assertRefused(self, words, error=UserError):
        """Assert that the block is refused with these words and leaves nothing."""
        with self.assertRaises(error) as refusal:
            yield
            self.env.flush_all()
        self.env.invalidate_all()
        self.assertRegex(str(refusal.exception), words)

    def assertTimer(self, ticket, metric, state=None, **expected):
        """Assert the state, due (text), elapsed (h:mm[:ss]) and others of a timer."""
        timer = ticket._get_timer(metric)
        self.assertTrue(timer, f"{metric}: no timer")
        got = {"state": timer.state} if state else {}
        wanted = {"state": state} if state else {}
        for name, value in expected.items():
            if name in ("due", "breach", "stopped"):
                wanted[name] = f"{value}:00" if value and len(value) == 16 else value
                got[name] = local(timer[f"{name}_at"], self.tz)
            elif name == "elapsed":
                wanted[name] = seconds(value)
                got[name] = timer.counted_seconds
            else:
                wanted[name] = value
                got[name] = timer[name]
        self.assertEqual(got, wanted, metric)

    def assertNoTimer(self, ticket, metric):
        """Assert that nothing is promised: no timer, or one that is void."""
        self.assertEqual(
            set(ticket._get_timer(metric).mapped("state")) - {"void"}, set()
        )


class HelpdeskSlaHttpCommon(HelpdeskSlaCommon, HttpCase):
    """The same with a web server."""

    def log_in(self, user):
        self.authenticate(user.login, user.login)

    def get_csrf_token(self):
        """Return a token of the session that is logged in."""
        return http.Request.csrf_token(self)

    def call(self, path, **params):
        """Call a JSON-RPC route; return its answer, with an ``error`` if it failed."""
        answer = self.url_open(
            path,
            json={"jsonrpc": "2.0", "method": "call", "params": params},
        ).json()
        if "error" in answer:
            return {"error": answer["error"]["data"]["message"]}
        return answer["result"]
