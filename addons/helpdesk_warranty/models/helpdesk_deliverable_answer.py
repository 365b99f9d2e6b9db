from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.http import request
from odoo.tools import is_html_empty, plaintext2html


class HelpdeskDeliverable(models.Model):
    """What the customer answers, and what follows from it (R-B4, R-B5, R-B7)."""

    _inherit = "helpdesk.deliverable"

    def action_accept(self, name=None, signature=None, remarks=None):
        """Record that the customer accepts; ``name`` is who signed.

        Customers sign. An agent records an answer that came by mail (R-B5).
        """
        self.ensure_one()
        partner = self._get_answering_partner()
        if partner and not signature:
            raise UserError(self.env._("Sign in the box first."))
        self._accept(partner, name or self.env.user.name, signature, remarks)

    def action_reject(self, grounds):
        """Record that the customer rejects, for written grounds, within the term."""
        self.ensure_one()
        partner = self._get_answering_partner()
        self._reject(partner, self.env.user.name, grounds)

    def _accept(self, partner, name, signature=None, remarks=None, moment=None):
        """Record the acceptance of a contact, or of nobody when an agent records it."""
        self._answer(
            partner,
            moment=moment,
            answer="accepted",
            answered_by=name,
            signature=signature,
            remarks=(remarks or "").strip() or False,
        )

    def _reject(self, partner, name, grounds, moment=None):
        """Record the rejection of a contact; the term of correction starts."""
        if not (grounds or "").strip() or is_html_empty(grounds):
            raise UserError(
                self.env._("A rejection needs its grounds: write what is wrong.")
            )
        self._answer(
            partner,
            moment=moment,
            answer="rejected",
            answered_by=name,
            grounds=grounds.strip(),
        )

    def _get_answering_partner(self):
        """Return the contact who is logged in; nobody for an agent who may write."""
        if self.env.user._is_internal():
            self.check_access("write")
            return self.env["res.partner"]
        return self.env.user.partner_id

    def _get_arrival(self):
        """Return when the answer's request came in, however often it was retried."""
        return (request and request.arrived_at) or fields.Datetime.now()

    @api.model
    def _get_origin(self):
        """Return where an answer comes from: address and browser of the request."""
        if not request:
            return {}
        return {
            "answered_from": request.httprequest.remote_addr,
            "answered_with": request.httprequest.user_agent.string[:200],
        }

    def _answer(self, partner, moment=None, **values):
        moment = moment or self._get_arrival()
        deliverable = self.sudo()
        deliverable._lock()
        state = deliverable._get_state_at(moment)
        if state != "delivered":
            raise UserError(self._explain_closed(state))
        if partner and not deliverable._may_answer(partner):
            raise AccessError(
                self.env._(
                    "You are not on the contract as a contact who accepts "
                    "deliverables: ask the service owner of your company."
                )
            )
        deliverable.write(
            {
                "answered_at": moment,
                "answered_partner_id": partner.id,
                **deliverable._get_origin(),
                **values,
            }
        )
        deliverable._get_terms("acceptance")._stop_term(moment)
        note = values.get("grounds") or values.get("remarks")
        deliverable._log(
            values["answer"],
            at=moment,
            partner_id=partner.id,
            name=values["answered_by"],
            note=note,
            address=deliverable.answered_from,
            browser=deliverable.answered_with,
        )
        deliverable._tell_answer(partner or self.env.user.partner_id, note)
        if values["answer"] == "rejected":
            deliverable._start_correction(moment)
        elif deliverable.kind == "ticket":
            deliverable.ticket_id._take_acceptance(partner, values["answered_by"])

    def _tell_answer(self, author, note):
        texts = {
            "accepted": self.env._("Accepted by %s.", self.answered_by),
            "rejected": self.env._("Rejected by %s.", self.answered_by),
        }
        body = texts[self.answer]
        self.message_post(
            body=f"{body}\n{note}" if note else body,
            author_id=author.id,
            subtype_xmlid="mail.mt_note",
        )
        if self.answer == "accepted" and note:
            agent = self._as_assignee_reads()
            self._assign_activity(
                agent.env._("%s was accepted with remarks", agent.display_name)
            )

    def _start_correction(self, moment):
        """Give the provider the term to correct; an agent is told (R-B5)."""
        timer = self._start_terms("correction", moment)
        if self.kind == "ticket":
            self.ticket_id._reopen_rejected(self)
        agent = self._as_assignee_reads()
        summary = agent.env._("%s was rejected: correct it", self.display_name)
        if timer:
            summary = agent.env._(
                "%(deliverable)s was rejected: correct it by %(date)s",
                deliverable=self.display_name,
                date=self._format_local(timer.breach_at),
            )
        self._assign_activity(summary, timer.breach_at)

    def _get_assignee(self):
        """Return who follows it up: the ticket's agent, else the team's leader."""
        ticket = self.ticket_id
        user = ticket.user_id or ticket.team_id.user_id or self.create_uid
        return user if user._is_internal() else self.env.user

    def _as_assignee_reads(self):
        """Return this deliverable in the language of who follows it up."""
        lang = self._get_assignee().lang
        return self.with_context(lang=lang) if lang else self

    def _assign_activity(self, summary, until=None):
        """Give a to-do to who follows it up, in words of ``_as_assignee_reads``."""
        self._as_assignee_reads().activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=self._to_local_date(until or fields.Datetime.now()),
            summary=summary,
            user_id=self._get_assignee().id,
        )

    def _explain_closed(self, state):
        """Return in one sentence why an answer is not taken any more."""
        if state == "tacit":
            return self.env._(
                "The term ended on %s without an answer: the deliverable counts as "
                "accepted. Open a new ticket for your objection.",
                self.sudo()._format_local(self.sudo().acceptance_deadline),
            )
        if state == "draft":
            return self.env._("This has not been delivered yet.")
        if state == "withdrawn":
            return self.env._("This was withdrawn: a new version will follow.")
        return self.env._("This has been answered already.")

    def _may_answer(self, partner):
        """Tell whether a contact of the customer may accept or reject (R-B4)."""
        ticket = self.ticket_id.sudo()
        if partner.commercial_partner_id != ticket.commercial_partner_id:
            return False
        contract = ticket.contract_id
        if not contract:
            return True
        return contract._has_role(partner, "deliverables")

    def _withdraw(self, moment):
        """Take back what was not answered yet: its ticket is worked on again."""
        self._lock()
        pending = self.filtered(lambda d: d._get_state_at(moment) == "delivered")
        pending.write(
            {"answer": "withdrawn", "answered_at": moment, "notice_due": False}
        )
        pending._get_terms("acceptance")._void_term(moment)
        pending._log("withdrawn", at=moment)

    def _object(self, partner, text):
        """Return the new ticket of an objection to what was accepted (R-B7)."""
        self.ensure_one()
        deliverable = self.sudo()
        if not (text or "").strip():
            raise UserError(self.env._("Write what you object to."))
        if deliverable._get_state_at(self._get_arrival()) not in ("accepted", "tacit"):
            raise UserError(
                self.env._("This has not been accepted: reject it with your grounds.")
            )
        ticket = deliverable.ticket_id
        return (
            self.env["helpdesk.ticket"]
            .sudo()
            .create(
                {
                    "name": self.env._("Objection to %s", deliverable.display_name),
                    "description": plaintext2html(text.strip()),
                    "partner_id": partner.id,
                    "partner_name": partner.name,
                    "partner_email": partner.email,
                    "company_id": ticket.company_id.id,
                    "team_id": ticket.team_id.id,
                    "channel_id": self.env.ref(
                        "helpdesk_mgmt.helpdesk_ticket_channel_web",
                        raise_if_not_found=False,
                    ).id,
                    "user_id": False,
                    "deliverable_id": deliverable.id,
                }
            )
        )
