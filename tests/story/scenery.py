"""What is there before the story begins: people, calendar, terms and contract."""

import datetime
import re

from odoo.fields import Command

from .facts import (
    FactError,
    choose,
    need,
    parse_amount,
    parse_date,
    parse_hours,
    parse_number,
)
from .words import DAYS, PLANS, STARS

PASSWORD = "story-password"
METRICS = ("response", "solution")


class Scenery:
    """The stage on which a story plays, made from its facts."""

    def __init__(self, theatre, facts):
        self.facts, self.env = facts, theatre.env
        self.policy = self.env.ref("helpdesk_sla_policy.policy_stars")
        self.company = self.env.ref("base.main_company")
        self.contract = None

    def build(self):
        """Make everything that the file states."""
        self.set_calendar()
        self.set_terms()
        self.set_team()
        self.set_customer()
        if "contract" in self.facts.data:
            self.set_contract()

    def set_calendar(self):
        """Give the office calendar the hours and holidays of the file."""
        get = self.facts.get
        calendar = self.env.ref("helpdesk_sla_policy.calendar_office")
        opens = parse_hours(get("calendar", "opens", "09:00"))
        closes = parse_hours(get("calendar", "closes", "17:00"))
        if not opens < closes <= 24 * 60:
            raise FactError(
                "[calendar] opens before it closes, at 24:00 at the latest."
            )
        days = get("calendar", "days", list(DAYS[:5]))
        numbers = {day: str(number) for number, day in enumerate(DAYS)}
        lines = [
            Command.create(
                {
                    "name": day,
                    "dayofweek": choose(day, numbers, "A day"),
                    "hour_from": opens / 60,
                    "hour_to": closes / 60,
                    "day_period": "full_day",
                }
            )
            for day in days
        ]
        zone = self.facts.calendar_zone
        calendar.write({"tz": zone.key, "attendance_ids": [Command.clear(), *lines]})
        for holiday in get("calendar", "holidays", []):
            following = parse_date(holiday) + datetime.timedelta(days=1)
            stop = self.facts.utc(following, zone) - datetime.timedelta(seconds=1)
            self.env["resource.calendar.leaves"].create(
                {
                    "name": f"Feriado {holiday}",
                    "calendar_id": calendar.id,
                    "date_from": self.facts.utc(holiday, zone),
                    "date_to": stop,
                }
            )

    def set_terms(self):
        """Give the policy the terms of the file."""
        terms = self.facts.data.get("terms", {})
        targets = self.policy.target_ids
        for metric in METRICS:
            for stars, amount in terms.get(metric, {}).items():
                choose(stars, STARS, f"A severity of [terms] {metric}")
                value, unit = parse_amount(amount)
                targets.filtered(
                    lambda target, metric=metric, stars=stars: (
                        target.metric == metric
                        and target.severity == stars
                        and not target.type_id
                    )
                ).write({"amount": value, "unit": unit})
        for metric in ("estimate", "acceptance"):
            name = f"{metric}_days"
            if name in terms:
                targets.filtered(
                    lambda target, metric=metric: target.metric == metric
                ).write({"amount": parse_number(terms[name], f"[terms] {name}")})
        if "warranty_days" in terms:
            self.set_warranty(parse_number(terms["warranty_days"], "warranty_days"))

    def set_warranty(self, days):
        """Give the kind of the file's deliverable a warranty."""
        kind = self.facts.data.get("deliverable", {}).get("kind", "development")
        term = self.policy.warranty_ids.filtered(lambda term: term.kind == kind)
        if term:
            term.days = days
        else:
            self.policy.warranty_ids = [Command.create({"kind": kind, "days": days})]

    def set_team(self):
        """Make the agent and the accountant, and the address that takes mails."""
        domain = self.env["mail.alias.domain"].search([], limit=1)
        domain = domain or domain.create({"name": "support.example.com"})
        self.company.alias_domain_id = domain
        self.team = self.env.ref("helpdesk_sla_policy.team_stars")
        self.team.alias_id.write(
            {"alias_name": "soporte", "alias_domain_id": domain.id}
        )
        self.agent = self.make_user(
            "story-agent", "Agente", "helpdesk_mgmt.group_helpdesk_user"
        )
        self.manager = self.make_user(
            "story-manager", "Gerente", "helpdesk_mgmt.group_helpdesk_manager"
        )
        self.accountant = self.make_user(
            "story-accountant", "Contadora", "account.group_account_invoice"
        )
        self.env["hr.employee"].create(
            {"name": self.agent.name, "user_id": self.agent.id, "hourly_cost": 10}
        )
        self.team.user_ids = [Command.link(self.agent.id)]

    def make_user(self, login, name, group, **values):
        return (
            self.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "login": login,
                    "name": name,
                    "password": PASSWORD,
                    "email": f"{login}@support.example.com",
                    "tz": self.facts.zone.key,
                    "group_ids": [Command.set(self.env.ref(group).ids)],
                    **values,
                }
            )
        )

    def set_customer(self):
        """Make the customer's company, its contact and the contact's log-in."""
        get = self.facts.get
        email = str(get("customer", "email", "cliente@example.com"))
        if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+", email):
            raise FactError(f"“{email}” is no e-mail address such as ana@example.com.")
        self.customer = self.env["res.partner"].create(
            {
                "name": str(get("customer", "company", "Cliente")),
                "is_company": True,
                "company_id": False,
            }
        )
        self.contact = self.env["res.partner"].create(
            {
                "name": str(get("customer", "contact", "Contacto")),
                "email": email,
                "parent_id": self.customer.id,
                "tz": self.facts.zone.key,
            }
        )
        self.portal_user = self.make_user(
            email,
            self.contact.name,
            "base.group_portal",
            partner_id=self.contact.id,
            email=email,
        )

    def _get_consent(self):
        """Tell whether the contract consents to hours beyond its packs."""
        consent = self.facts.get("contract", "overage_consent", False)
        if not isinstance(consent, bool):
            raise FactError(
                f"[contract] overage_consent is {consent!r}: write true or false."
            )
        return consent

    def set_contract(self):
        """Sign the customer's contract, with its packs of hours."""
        get = self.facts.get
        start = parse_date(get("contract", "start"))
        end = parse_date(get("contract", "end"))
        if end < start:
            raise FactError(f"[contract] ends on {end}, before it starts on {start}.")
        plan = PLANS[get("contract", "plan", "priority")]
        self.contract = self.env["helpdesk.support.contract"].create(
            {
                "partner_id": self.customer.id,
                "plan_id": self.env.ref(plan).id,
                "platform": get("contract", "platform", "odoo_sh"),
                "date_start": start,
                "date_end": end,
                "tz": self.facts.zone.key,
                "hour_price": parse_number(
                    get("contract", "hour_price", 0), "[contract] hour_price"
                ),
                "has_overage_consent": self._get_consent(),
                "contact_ids": [
                    Command.create(
                        {
                            "partner_id": self.contact.id,
                            "role_estimates": True,
                            "role_billing": True,
                            "role_deliverables": True,
                        }
                    )
                ],
            }
        )
        self.contract.action_sign()
        for pack in self.facts.list("packs"):
            hours = parse_hours(need(pack, "[[packs]]", "hours"))
            self.env["helpdesk.hours.pack"].create(
                {
                    "name": str(pack.get("name", "Horas del plan")),
                    "contract_id": self.contract.id,
                    "hours": hours / 60,
                    "date_from": parse_date(pack.get("start", start)),
                }
            )
