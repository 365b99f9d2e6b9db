"""The acts of the story, each through the door that its person uses."""

import base64
import datetime
import functools
import io
from email.message import EmailMessage
from email.utils import format_datetime

import psycopg2
from PIL import Image

from odoo.exceptions import UserError
from odoo.fields import Command

from .facts import (
    UTC,
    FactError,
    choose,
    need,
    parse_date,
    parse_hours,
    parse_number,
)
from .scenery import PASSWORD, Scenery
from .words import CHANNELS, STAGES


class Story:
    """One case acted out; what is left behind is what the report reads."""

    def __init__(self, theatre, facts, plot):
        self.theatre, self.facts, self.env = theatre, facts, theatre.env
        self.plot = plot
        self.scenery = Scenery(theatre, facts)
        self.ticket = self.deliverable = None
        self.deliverables, self.claims = [], []
        self.authorizations = {}  # by the identity of their facts
        self.invoices = []

    def play(self):
        """Act out everything that the file says, in the order of time."""
        received = self.facts.utc(self.facts.get("ticket", "received"))
        self.act("The beginning", received, self.scenery.build)
        self.act("[ticket]", received, self.receive_ticket)
        for scene in self.plot:
            self.let_terms_pass(scene.moment)
            act = functools.partial(getattr(self, scene.act), scene.facts)
            self.act(scene.title, scene.moment, act)
        self.let_terms_pass()

    def act(self, title, moment, act):
        """Act out a scene; a refusal by Odoo is told in one sentence."""
        try:
            with self.theatre.at(moment):
                act()
        except (UserError, psycopg2.IntegrityError, psycopg2.DataError) as refusal:
            reason = " ".join(str(refusal).split())
            when = self.facts.local(moment)
            raise FactError(f"{title} at {when} is refused: {reason}") from refusal

    # The acts on the ticket

    def mail(self, subject, body):
        """Let a mail of the customer arrive at the team's address."""
        now = datetime.datetime.now(UTC)
        tickets = self.env["helpdesk.ticket"]
        last = tickets.search([], order="id desc", limit=1)
        mail = EmailMessage()
        contact = self.scenery.contact
        alias = self.scenery.team.alias_id
        mail["From"] = f'"{contact.name.translate(QUOTES)}" <{contact.email}>'
        mail["To"] = f"soporte@{alias.alias_domain_id.name}"
        mail["Subject"] = " ".join(str(subject).split())
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = f"<{now.timestamp()}.{last.id or 0}@customer.example.com>"
        mail.set_content(str(body))
        self.env["mail.thread"].message_process("helpdesk.ticket", mail.as_bytes())
        return tickets.search([("id", ">", last.id or 0)], order="id desc", limit=1)

    def receive_ticket(self):
        """The customer mails a ticket; support gives it what the file says."""
        get = self.facts.get
        self.ticket = self.mail(
            get("ticket", "subject", "Falla"), get("ticket", "body", "…")
        )
        values = self.get_triage(self.facts.data["ticket"])
        if values:
            self.ticket.with_user(self.scenery.agent).write(values)

    def get_triage(self, facts):
        """Return the values of severity, cause and channel that facts state."""
        values = {}
        if "stars" in facts:
            values["priority"] = str(facts["stars"])
        if "cause" in facts:
            causes = self.env["helpdesk.coverage.reason"].search(
                [("is_cause", "=", True)]
            )
            choices = {cause.code: cause.id for cause in causes}
            values["cause_id"] = choose(facts["cause"], choices, "A cause")
        if "channel" in facts:
            values["channel_id"] = self.env.ref(CHANNELS[facts["channel"]]).id
        return values

    def act_on_ticket(self, act):
        """The agent, or the customer by a reply, moves the ticket on."""
        ticket = self.ticket.with_user(self.scenery.agent)
        if "reply" in act:
            self.reply(act["reply"])
        values = self.get_triage(act)
        if "stage" in act:
            stage = self.env.ref(STAGES[act["stage"]])
            values["stage_id"] = stage.id
            if stage.require_diagnosis and not ticket.diagnosis:
                values["diagnosis"] = "<p>La secuencia de facturas está agotada.</p>"
            if stage.require_solution and not ticket.solution:
                values["solution"] = "<p>Se corrigió y se probó la facturación.</p>"
            if stage.closed and ticket.is_breached and not ticket.breach_reason_id:
                reasons = self.env["helpdesk.sla.breach.reason"]
                values["breach_reason_id"] = reasons.search([], limit=1).id
        if values and not ticket.user_id:
            values["user_id"] = self.scenery.agent.id
        if self.needs_manager(ticket, values):
            ticket = ticket.with_user(self.scenery.manager)
            values["severity_reason"] = "La severidad era menor que la reportada."
        if values:
            ticket.write(values)

    def needs_manager(self, ticket, values):
        """Tell whether the values lower the severity after a missed promise."""
        stars = values.get("priority", ticket.priority)
        return stars < ticket.priority and bool(ticket._get_missed_timers())

    def reply(self, who):
        """Post what the customer or the agent writes; a note is internal."""
        texts = {
            "customer": "Aquí está la información.",
            "agent": "Por favor envíe el mensaje de error completo.",
            "note": "Revisar con el equipo.",
        }
        user = self.scenery.agent
        if who == "customer":
            user = self.scenery.portal_user
        self.ticket.with_user(user).message_post(
            body=texts[who],
            message_type="comment",
            subtype_xmlid="mail.mt_note" if who == "note" else "mail.mt_comment",
        )

    # The deliverable

    def deliver(self, facts):
        """The agent delivers; the customer is told the term."""
        values = {
            "name": str(facts.get("name", "Entrega")),
            "ticket_id": self.ticket.id,
            "kind": facts.get("kind", "development"),
        }
        if "go_live" in facts:
            values["go_live_date"] = parse_date(facts["go_live"])
        deliverables = self.env["helpdesk.deliverable"].with_user(self.scenery.agent)
        self.hand_over(deliverables.create(values))

    def hand_over(self, deliverable):
        deliverable.action_deliver()
        self.deliverable = deliverable.sudo()
        self.deliverables.append(self.deliverable)

    def get_delivered(self):
        """Return what was delivered last; raise when nothing was."""
        if not self.deliverable:
            raise FactError("[deliverable] is answered or claimed before delivery.")
        return self.deliverable

    def accept(self, _facts):
        """The customer accepts with a signature on the portal."""
        deliverable = self.get_delivered()
        self.call_portal(
            f"/my/deliverable/{deliverable.id}/accept",
            name=self.scenery.contact.name,
            signature=_draw_signature(),
        )

    def reject(self, facts):
        """The customer rejects on the portal, for written grounds."""
        grounds = facts.get("grounds", "No cumple lo acordado.")
        deliverable = self.get_delivered()
        self.post_portal(f"/my/deliverable/{deliverable.id}/reject", grounds=grounds)
        if deliverable.answer != "rejected":
            raise FactError(
                f"[deliverable] cannot be rejected: it is {deliverable.state}."
            )

    def redeliver(self, _facts):
        """The agent delivers the corrected version."""
        agent = self.scenery.agent
        action = self.get_delivered().with_user(agent).action_redeliver()
        version = self.env["helpdesk.deliverable"].browse(action["res_id"])
        self.hand_over(version.sudo(False).with_user(agent))

    def let_terms_pass(self, until=None):
        """Nobody answered yet: the real sweep reminds, and ends the terms."""
        last = None
        while (moment := self.get_next_step(until)) and moment != last:
            last = moment
            with self.theatre.at(moment):
                cron = self.env.ref("helpdesk_sla_policy.ir_cron_sweep")
                cron.method_direct_trigger()

    def get_next_step(self, until=None):
        """Return when the next step of a term is due, None when it is not by then."""
        terms = [d._get_terms("acceptance") for d in self.deliverables]
        moments = [t.next_step_at for term in terms for t in term if t.next_step_at]
        moment = min(moments, default=None)
        return moment if moment and (not until or moment <= until) else None

    def claim(self, claim):
        """The customer reports a fault of the delivery."""
        ticket = self.mail(claim.get("subject", "Falla"), claim.get("body", "…"))
        ticket.with_user(self.scenery.agent).write(
            {
                "deliverable_id": self.get_delivered().id,
                "user_id": self.scenery.agent.id,
                **self.get_triage(claim),
            }
        )
        self.claims.append(ticket)

    # Hours and money

    def find_ticket(self, facts, title):
        """Return the ticket that facts are about: the last claim or what ``on`` says.

        ``on`` is "ticket" or the number of a claim, the first one being 1.
        """
        on = facts.get("on", len(self.claims) or "ticket")
        if on == "ticket":
            return self.ticket
        if isinstance(on, bool) or not isinstance(on, int) or on < 1:
            raise FactError(
                f"{title} is on “ticket” or on a claim such as 1, not “{on}”."
            )
        if on > len(self.claims):
            raise FactError(f"{title} comes before claim {on} was received.")
        return self.claims[on - 1]

    def ask(self, asked):
        """The agent asks the customer for hours at a price."""
        title = "[authorization]"
        hours = parse_hours(need(asked, title, "hours"))
        authorization = (
            self.env["helpdesk.authorization"]
            .with_user(self.scenery.agent)
            .create(
                {
                    "ticket_id": self.find_ticket(asked, title).id,
                    "hours": hours / 60,
                    "price_unit": parse_number(need(asked, title, "rate"), "A rate"),
                }
            )
        )
        authorization.action_send()
        self.authorizations[id(asked)] = authorization.sudo()

    def get_asked(self, asked):
        """Return the authorisation that was sent; raise when it was not yet."""
        if id(asked) not in self.authorizations:
            raise FactError("[authorization] is answered before it is sent.")
        return self.authorizations[id(asked)]

    def rejected(self, asked):
        """The customer rejects the hours on the portal."""
        self.post_portal(f"/my/authorization/{self.get_asked(asked).id}/reject")

    def signed(self, asked):
        """The customer signs the hours on the portal."""
        authorization = self.get_asked(asked)
        path = f"/my/authorization/{authorization.id}"
        name = asked.get("signed_by", self.scenery.contact.name)
        self.call_portal(
            f"{path}/sign",
            sees=authorization.name,
            page=path,
            name=str(name),
            signature=_draw_signature(),
        )

    def work(self, work):
        """The agent works on a ticket and logs the hours."""
        agent = self.scenery.agent
        ticket = self.find_ticket(work, "[[work]]").with_user(agent)
        in_progress = self.env.ref(STAGES["in_progress"])
        if ticket.stage_id.unattended and ticket._may_be_worked_on():
            ticket.stage_id = in_progress.id
        hours = parse_hours(need(work, "[[work]]", "hours"))
        self.env["account.analytic.line"].with_user(agent).create(
            {
                "ticket_id": ticket.id,
                "name": str(work.get("name", "Corrección")),
                "started_at": self.facts.utc(work["started"]),
                "unit_amount": hours / 60,
            }
        )

    def bill(self, bill):
        """The accountant runs the invoicing and posts the drafts."""
        day = parse_date(bill["date"])
        self.set_tax(bill.get("tax_percent", 0))
        accountant = self.scenery.accountant
        moves = self.env["account.move"].sudo()
        before = moves.search([])
        wizard = (
            self.env["helpdesk.hours.invoicing"]
            .with_user(accountant)
            .create({"date_to": day, "date_from": day.replace(day=1)})
        )
        try:
            with self.env.cr.savepoint():
                wizard.action_create_invoices()
        except UserError:  # there is nothing to invoice
            return
        for move in moves.search([]) - before:
            move.with_user(accountant).action_post()
            self.invoices.append(move)

    def set_tax(self, percent):
        """Give the support hour this tax alone."""
        percent = parse_number(percent, "[invoice] tax_percent")
        product = self.env.ref("helpdesk_billing_hours.product_support_hour")
        company = self.scenery.company
        taxes = self.env["account.tax"]
        name = f"IVA {percent:g}%"
        tax = taxes.search(
            [("name", "=", name), ("company_id", "=", company.id)], limit=1
        ) or taxes.create(
            {
                "name": name,
                "amount": percent,
                "type_tax_use": "sale",
                "company_id": company.id,
            }
        )
        product.taxes_id = [Command.set(tax.ids if percent else [])]

    # The portal

    def open_portal(self):
        """Commit what happened so far and log the customer in."""
        self.env.flush_all()
        self.theatre.cr.commit()
        return self.theatre.log_in(self.scenery.portal_user.login, PASSWORD)

    def call_portal(self, path, page=None, sees="", **params):
        """Call a route as the signature form does, from a page that shows a text."""
        session = self.open_portal()
        if page:
            text = session.get(f"{self.theatre.url}{page}", timeout=60).text
            if sees not in text:
                raise FactError(f"The customer does not see {sees} on the portal.")
        self.theatre.call(session, path, **params)
        self.catch_up()

    def post_portal(self, path, **values):
        """Send a form of the portal."""
        session = self.open_portal()
        self.theatre.post(session, path, **values)
        self.catch_up()

    def catch_up(self):
        """See what the request committed."""
        self.theatre.cr.commit()
        self.env.invalidate_all()


#: What a name between quotes cannot contain.
QUOTES = str.maketrans({'"': "'", "\\": "/", "\n": " ", "\r": " "})


def _draw_signature():
    """Return a small picture of a stroke, as the signature form sends it."""
    picture = Image.new("RGBA", (120, 40), (255, 255, 255, 0))
    for x in range(10, 110):
        picture.putpixel((x, 20 + (x % 9)), (0, 0, 80, 255))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()
