"""The acts of the story, each through the door that its person uses."""

import base64
import datetime
import io

from PIL import Image

from odoo.fields import Command

from .facts import DAYS, PLANS, STAGES, parse_amount, parse_hours

PASSWORD = "story-password"


class Story:
    """One case acted out; what is left behind is what the report reads."""

    def __init__(self, theatre, facts):
        self.theatre, self.facts, self.env = theatre, facts, theatre.env
        self.claims = []
        self.deliverable = self.authorization = self.invoice = None

    def play(self):
        """Act out everything that the file says, in the order of time."""
        with self.theatre.at(self.facts.utc(self.facts.get("ticket", "received"))):
            self.set_up()
            self.receive_mail()
        acts = [
            (self.facts.utc(act["at"]), lambda act=act: self.act_on_ticket(act))
            for act in self.facts.get("ticket", "acts", [])
        ]
        if "deliverable" in self.facts.data:
            delivered = self.facts.utc(self.facts.get("deliverable", "delivered"))
            acts.append((delivered, self.deliver))
        for moment, act in sorted(acts, key=lambda item: item[0]):
            with self.theatre.at(moment):
                act()
        if self.deliverable:
            self.let_term_pass()
            for claim in self.facts.list("claims"):
                self.claim(claim)
        if self.claims and "authorization" in self.facts.data:
            self.authorize()
            for work in self.facts.list("work"):
                self.work(work)
            self.bill()

    # The stage

    def set_up(self):
        """Make the people, the calendar, the terms and the contract."""
        self.set_calendar()
        self.set_terms()
        self.company = self.env.ref("base.main_company")
        self.set_taxes()
        domain = self.env["mail.alias.domain"].search([], limit=1)
        domain = domain or domain.create({"name": "support.example.com"})
        self.company.alias_domain_id = domain
        self.team = self.env.ref("helpdesk_sla_policy.team_stars")
        self.team.alias_id.write(
            {"alias_name": "soporte", "alias_domain_id": domain.id}
        )
        self.agent = self.make_user(
            "story-agent", "Agente", ["helpdesk_mgmt.group_helpdesk_user"]
        )
        self.accountant = self.make_user(
            "story-accountant", "Contadora", ["account.group_account_invoice"]
        )
        self.env["hr.employee"].create(
            {"name": self.agent.name, "user_id": self.agent.id, "hourly_cost": 10}
        )
        self.team.user_ids = [Command.link(self.agent.id)]
        get = self.facts.get
        customer = self.env["res.partner"].create(
            {
                "name": get("customer", "company"),
                "is_company": True,
                "company_id": False,
            }
        )
        self.contact = self.env["res.partner"].create(
            {
                "name": get("customer", "contact"),
                "email": get("customer", "email"),
                "parent_id": customer.id,
                "tz": get("customer", "tz"),
            }
        )
        self.portal_user = self.env["res.users"].create(
            {
                "login": get("customer", "email"),
                "partner_id": self.contact.id,
                "password": PASSWORD,
                "group_ids": [Command.set([self.env.ref("base.group_portal").id])],
            }
        )
        self.contract = self.env["helpdesk.support.contract"].create(
            {
                "partner_id": customer.id,
                "plan_id": self.env.ref(
                    self.facts.choose(get("contract", "plan"), PLANS, "A plan")
                ).id,
                "platform": get("contract", "platform", "odoo_sh"),
                "date_start": get("contract", "start"),
                "date_end": get("contract", "end"),
                "tz": get("customer", "tz"),
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

    def make_user(self, login, name, groups):
        return (
            self.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "login": login,
                    "name": name,
                    "password": PASSWORD,
                    "email": f"{login}@support.example.com",
                    "tz": self.facts.get("customer", "tz"),
                    "group_ids": [
                        Command.link(self.env.ref(xmlid).id) for xmlid in groups
                    ],
                }
            )
        )

    def set_calendar(self):
        """Give the office calendar the hours and holidays of the file."""
        get = self.facts.get
        calendar = self.env.ref("helpdesk_sla_policy.calendar_office")
        opens, closes = (
            parse_hours(get("calendar", "opens")),
            parse_hours(get("calendar", "closes")),
        )
        days = get("calendar", "days", list(DAYS[:5]))
        calendar.write(
            {
                "tz": get("customer", "tz"),
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {
                            "name": day,
                            "dayofweek": str(
                                self.facts.choose(
                                    day, {d: i for i, d in enumerate(DAYS)}, "A day"
                                )
                            ),
                            "hour_from": opens / 60,
                            "hour_to": closes / 60,
                            "day_period": "full_day",
                        }
                    )
                    for day in days
                ],
            }
        )
        for holiday in get("calendar", "holidays", []):
            start = self.facts.utc(f"{holiday} 00:00")
            following = datetime.date.fromisoformat(str(holiday))
            following += datetime.timedelta(days=1)
            stop = self.facts.utc(f"{following} 00:00") - datetime.timedelta(seconds=1)
            self.env["resource.calendar.leaves"].create(
                {
                    "name": f"Feriado {holiday}",
                    "calendar_id": calendar.id,
                    "date_from": start,
                    "date_to": stop,
                }
            )

    def set_terms(self):
        """Give the policy the terms of the file."""
        policy = self.env.ref("helpdesk_sla_policy.policy_stars")
        for metric in ("response", "solution"):
            for stars, amount in self.facts.get("terms", metric, {}).items():
                value, unit = parse_amount(amount)
                policy.target_ids.filtered(
                    lambda target, metric=metric, stars=stars: (
                        target.metric == metric
                        and target.severity == stars
                        and not target.type_id
                    )
                ).write({"amount": value, "unit": unit})
        policy.target_ids.filtered(lambda target: target.metric == "acceptance").write(
            {"amount": self.facts.get("terms", "acceptance_days", 5)}
        )
        kind = self.facts.data.get("deliverable", {}).get("kind", "development")
        policy.warranty_ids.filtered(lambda term: term.kind == kind).write(
            {"days": self.facts.get("terms", "warranty_days", 60)}
        )

    def set_taxes(self):
        """Give the support hour the file's tax alone."""
        product = self.env.ref("helpdesk_billing_hours.product_support_hour")
        percent = self.facts.data.get("invoice", {}).get("tax_percent", 0)
        tax = self.env["account.tax"].create(
            {
                "name": f"IVA {percent:g}%",
                "amount": percent,
                "type_tax_use": "sale",
                "company_id": self.company.id,
            }
        )
        product.taxes_id = [Command.set(tax.ids if percent else [])]

    # The acts

    def mail(self, subject, body):
        """Let a mail of the customer arrive at the team's address."""
        now = datetime.datetime.now(datetime.timezone.utc)
        address = self.facts.get("customer", "email")
        before = self.env["helpdesk.ticket"].search([], order="id desc", limit=1)
        self.env["mail.thread"].message_process(
            "helpdesk.ticket",
            f"From: {self.contact.name} <{address}>\n"
            f"To: soporte@{self.team.alias_id.alias_domain_id.name}\n"
            f"Subject: {subject}\n"
            f"Date: {now:%a, %d %b %Y %H:%M:%S} +0000\n"
            f"Message-ID: <{now.timestamp()}.{len(self.claims)}@customer.example.com>\n"
            "Content-Type: text/plain; charset=utf-8\n\n"
            f"{body}\n",
        )
        return self.env["helpdesk.ticket"].search(
            [("id", ">", before.id or 0)], order="id desc", limit=1
        )

    def receive_mail(self):
        """The customer mails a ticket."""
        get = self.facts.get
        self.ticket = self.mail(get("ticket", "subject"), get("ticket", "body", "…"))

    def act_on_ticket(self, act):
        """The agent, or the customer by a reply, moves the ticket on."""
        ticket = self.ticket.with_user(self.agent)
        if act.get("reply") == "customer":
            self.theatre.env.flush_all()
            self.ticket.with_user(self.portal_user).sudo().message_post(
                body="Aquí está la información.",
                author_id=self.contact.id,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
        elif act.get("reply") == "agent":
            ticket.message_post(
                body="Por favor envíe el mensaje de error completo.",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
        values = {}
        if "stars" in act:
            values["priority"] = str(act["stars"])
        if "stage" in act:
            stage = self.env.ref(self.facts.choose(act["stage"], STAGES, "A stage"))
            values["stage_id"] = stage.id
            if stage.require_diagnosis and not ticket.diagnosis:
                values["diagnosis"] = "<p>La secuencia de facturas está agotada.</p>"
            if stage.require_solution and not ticket.solution:
                values["solution"] = "<p>Se corrigió y se probó la facturación.</p>"
        if "assigned" in values or not ticket.user_id:
            values["user_id"] = self.agent.id
        ticket.write(values)

    def deliver(self):
        """The agent delivers; the customer is told the term."""
        get = self.facts.get
        values = {
            "name": get("deliverable", "name"),
            "ticket_id": self.ticket.id,
            "kind": get("deliverable", "kind", "development"),
        }
        if "go_live" in self.facts.data["deliverable"]:
            values["go_live_date"] = get("deliverable", "go_live")
        deliverables = self.env["helpdesk.deliverable"].with_user(self.agent)
        self.deliverable = deliverables.create(values).sudo()
        self.deliverable.with_user(self.agent).action_deliver()

    def let_term_pass(self):
        """Nobody answers: the real job runs when it is woken."""
        deadline = self.deliverable.acceptance_deadline
        if not deadline:
            return
        with self.theatre.at(deadline + datetime.timedelta(minutes=6)):
            cron = self.env.ref("helpdesk_warranty.ir_cron_accept_tacitly")
            cron.method_direct_trigger()

    def claim(self, claim):
        """The customer reports a fault of the delivery."""
        with self.theatre.at(self.facts.utc(claim["received"])):
            ticket = self.mail(claim.get("subject", "Falla"), claim.get("body", "…"))
            ticket.with_user(self.agent).write(
                {"deliverable_id": self.deliverable.id, "user_id": self.agent.id}
            )
            self.claims.append(ticket)

    def authorize(self):
        """The agent asks for hours; the customer signs them on the portal."""
        get = self.facts.get
        ticket = self.claims[-1]
        with self.theatre.at(self.facts.utc(get("authorization", "signed"))):
            authorization = (
                self.env["helpdesk.authorization"]
                .with_user(self.agent)
                .create(
                    {
                        "ticket_id": ticket.id,
                        "hours": parse_hours(get("authorization", "hours")) / 60,
                        "price_unit": get("authorization", "rate"),
                    }
                )
            )
            authorization.action_send()
            self.authorization = authorization.sudo()
            self.env.flush_all()
            self.theatre.cr.commit()
            session = self.theatre.log_in(self.portal_user.login, PASSWORD)
            page = session.get(
                f"{self.theatre.url}/my/authorization/{authorization.id}", timeout=60
            )
            if authorization.name not in page.text:
                raise RuntimeError("The customer does not see the authorisation.")
            self.theatre.call(
                session,
                f"/my/authorization/{authorization.id}/sign",
                name=get("authorization", "signed_by", self.contact.name),
                signature=_draw_signature(),
            )
            self.theatre.cr.commit()
            self.env.invalidate_all()

    def work(self, work):
        """The agent works on the last claim and logs the hours."""
        with self.theatre.at(self.facts.utc(work["started"])):
            ticket = self.claims[-1].with_user(self.agent)
            in_progress = self.env.ref(STAGES["in_progress"])
            if ticket.stage_id != in_progress:
                ticket.stage_id = in_progress.id
            self.env["account.analytic.line"].with_user(self.agent).create(
                {
                    "ticket_id": ticket.id,
                    "name": work.get("name", "Corrección"),
                    "started_at": self.facts.utc(work["started"]),
                    "unit_amount": parse_hours(work["hours"]) / 60,
                }
            )

    def bill(self):
        """The accountant runs the invoicing and posts the draft."""
        date = self.facts.get("invoice", "date")
        with self.theatre.at(self.facts.utc(f"{date} 12:00")):
            wizard = (
                self.env["helpdesk.hours.invoicing"]
                .with_user(self.accountant)
                .create({"date_to": date, "date_from": f"{str(date)[:8]}01"})
            )
            if not wizard.share_ids:
                return
            wizard.action_create_invoices()
            shares = self.claims[-1].sudo().share_ids
            self.invoice = shares.move_line_id.move_id
            self.invoice.with_user(self.accountant).action_post()


def _draw_signature():
    """Return a small picture of a stroke, as the signature form sends it."""
    picture = Image.new("RGBA", (120, 40), (255, 255, 255, 0))
    for x in range(10, 110):
        picture.putpixel((x, 20 + (x % 9)), (0, 0, 80, 255))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()
