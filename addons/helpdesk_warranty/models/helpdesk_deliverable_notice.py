import binascii
import hashlib
from datetime import timedelta

import vobject

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import hash_sign, verify_hash_signed

from odoo.addons.helpdesk_sla_policy import clock
from odoo.addons.helpdesk_sla_policy.models.mail_thread import AUTOMATIC

#: What the Message-ID of our mails begins with.
PREFIX = "<helpdesk-deliverable-"
SCOPE = "helpdesk_warranty.acceptance"
#: A link can be opened this long after the term.
LINK_LIFE = timedelta(days=30)
BATCH = 100


class HelpdeskDeliverable(models.Model):
    """The mails about a delivery, their links, and what becomes of them (R-B5)."""

    _inherit = "helpdesk.deliverable"

    noticed_at = fields.Datetime(
        string="Told",
        readonly=True,
        copy=False,
        help="When the first mail about the delivery left, or it was seen on the "
        "portal.",
    )
    notice_failed = fields.Boolean(
        string="Notice Not Delivered",
        readonly=True,
        copy=False,
        help="The mail came back and nobody has seen it on the portal: no term runs "
        "until it is delivered again.",
    )
    notice_due = fields.Selection(
        [("delivery", "Delivery"), ("moved", "Term moved")],
        readonly=True,
        copy=False,
        help="A mail that a job has still to write.",
    )

    _notice_due_idx = models.Index("(id) WHERE notice_due IS NOT NULL")

    # Who is told

    def _get_answerers(self):
        """Return the contacts who may answer."""
        ticket = self.ticket_id
        contract = ticket.contract_id
        if not contract:
            return ticket.partner_id
        contacts = contract.contact_ids.filtered("role_deliverables").partner_id
        return contacts.filtered(
            lambda partner: (
                partner.active
                and partner.commercial_partner_id == ticket.commercial_partner_id
            )
        )

    def _check_answerers(self):
        """Raise UserError when nobody could be told and answer."""
        if not self._get_promise("acceptance") or any(
            partner.email for partner in self._get_answerers()
        ):
            return
        if self.ticket_id.contract_id:
            raise UserError(
                self.env._(
                    "Nobody of %(customer)s can accept deliverables: give a contact "
                    "with an e-mail address the role Accept on the contract "
                    "%(contract)s.",
                    customer=self.partner_id.name,
                    contract=self.ticket_id.contract_id.display_name,
                )
            )
        raise UserError(
            self.env._(
                "%s has no contact with an e-mail address: choose one who can accept "
                "what is delivered.",
                self.ticket_id.display_name,
            )
        )

    # Links

    def _get_link(self, partner):
        """Return the address at which a contact sees this version and answers.

        Contacts without a log-in get a signed link of their own that expires.
        """
        base = self.get_base_url()
        users = partner.with_context(active_test=True).sudo().user_ids
        if users or not self._may_answer(partner):
            return base + self.access_url
        return f"{base}/deliverable/{self.id}?token={self._make_token(partner)}"

    def _make_token(self, partner):
        """Return a signed text for one contact, one version and one delivery of it."""
        expiration = (self.acceptance_deadline or self.delivered_at) + LINK_LIFE
        return hash_sign(
            self.env(su=True),
            SCOPE,
            [self.id, partner.id, clock.to_instant(self.delivered_at)],
            expiration=expiration,
        )

    def _check_token(self, token):
        """Return the contact that a link is for; raise AccessError when it is not.

        It must be ours, of this version and this delivery, and not be expired, and
        its contact must still be allowed to answer.
        """
        try:
            found = verify_hash_signed(self.env(su=True), SCOPE, token or "")
        except (ValueError, binascii.Error, UnicodeError, IndexError):
            found = None
        deliverable = self.sudo().exists()
        if found and deliverable.delivered_at:
            deliverable_id, partner_id, moment = found
            partner = self.env["res.partner"].sudo().browse(partner_id).exists()
            if (
                deliverable_id == deliverable.id
                and moment == clock.to_instant(deliverable.delivered_at)
                and partner
                and deliverable._may_answer(partner)
            ):
                return partner
        raise AccessError(
            self.env._(
                "This link cannot be used: it has expired, or it was made for another "
                "contact or version. Ask us for a new one, or log in."
            )
        )

    # Writing mails

    @api.model
    def _wake_notices(self):
        self.env.ref("helpdesk_warranty.ir_cron_notices").sudo()._trigger()

    @api.model
    def _cron_notices(self):
        """Write the mails that were left to this job."""
        self.env["helpdesk.job.failure"]._work(
            "helpdesk_warranty.ir_cron_notices",
            self.search([("notice_due", "!=", False)], order="id"),
            lambda batch: batch._write_notices_due(),
            size=BATCH,
        )

    def _write_notices_due(self):
        """Write the mails that are still due; say where one reaches nobody."""
        due = self.filtered("notice_due")
        for purpose, group in due.grouped("notice_due").items():
            group.notice_due = False
            pending = group.filtered(lambda d: d.state == "delivered")
            if purpose == "delivery":
                unreachable = pending.filtered(
                    lambda d: (
                        d.acceptance_deadline
                        and not any(p.email for p in d._get_answerers())
                    )
                )
                for deliverable in unreachable:
                    deliverable._fail_notice()
                pending -= unreachable
            pending._send_notices(purpose)

    def _get_delivery_mail(self, partner):
        """Return the mail that told a contact of the delivery that counts, or none."""
        notices = self.event_ids._get_live_notices().filtered(
            lambda notice: notice.partner_id == partner
        )
        keys = notices.mapped("message_key")
        mails = self.env["mail.mail"].sudo()
        return mails.search([("message_id", "in", keys)], limit=1) if keys else mails

    def _send_notices(self, purpose, key=""):
        """Write one mail for each recipient, with the own link; they leave at once.

        ``key`` tells repeated mails of a purpose apart: a mail that was written
        once is never written again, whatever crashes.
        """
        template = self.env.ref(f"helpdesk_warranty.mail_template_{purpose}")
        parents = self._log_notices(purpose)
        values_list, events = [], []
        for deliverable in self:
            deliverable = deliverable.with_context(lang=None)
            calendars = {}
            answerers = deliverable._get_answerers()
            partners = answerers
            if purpose == "delivery":
                partners |= deliverable.ticket_id.partner_id
            for partner in partners.filtered("email"):
                lang = partner.lang or self.env.lang
                files = deliverable.attachment_ids
                if partner in answerers:
                    if lang not in calendars:
                        here = deliverable.with_context(lang=lang)
                        calendars[lang] = here._make_calendar()
                    files = calendars[lang] | files
                message_key = deliverable._get_message_key(partner, purpose, key)
                values_list.append(
                    deliverable.with_context(lang=lang)._prepare_notice(
                        template.with_context(lang=lang),
                        partner,
                        {
                            "attachment_ids": [(6, 0, files.ids)],
                            "message_id": message_key,
                            "references": parents.get(deliverable.id),
                        },
                    )
                )
                events.append(
                    deliverable._prepare_event(
                        "notified",
                        partner_id=partner.id,
                        name=partner.name,
                        email=partner.email,
                        purpose=purpose,
                        message_key=message_key,
                        until=deliverable.acceptance_deadline,
                    )
                )
        self.env["helpdesk.deliverable.event"].sudo().create(events)
        # By nobody: whoever writes a mail may read it, and these carry others' links.
        mails = self.env["mail.mail"].with_user(SUPERUSER_ID).create(values_list)
        mails.send_after_commit()
        return mails

    def _log_notices(self, purpose):
        """Note on each deliverable who is told; return the notes' Message-IDs.

        The mails carry links of one contact each, so they stay out of the chatter;
        they refer to this note, so that replies find the same record.
        """
        labels = dict(
            self.env["helpdesk.deliverable.event"]
            ._fields["purpose"]
            ._description_selection(self.env)
        )
        notes = {}
        for deliverable in self:
            partners = deliverable._get_answerers().filtered("email")
            notes[deliverable] = self.env._(
                "%(purpose)s: mail to %(names)s.",
                purpose=labels[purpose],
                names=", ".join(partners.mapped("name")) or "–",
            )
        references = {}
        for model, group in self.grouped(lambda d: d._get_thread()._name).items():
            threads = {
                deliverable._get_thread().id: deliverable for deliverable in group
            }
            messages = (
                self.env[model]
                .browse(threads)
                ._message_log_batch(
                    bodies={res_id: notes[d] for res_id, d in threads.items()}
                )
            )
            for message in messages:
                references[threads[message.res_id].id] = message.message_id
        return references

    def _get_thread(self):
        """Return where answers by mail are written: a solution's on its ticket."""
        return self.ticket_id if self.kind == "ticket" else self

    def _prepare_notice(self, template, partner, values):
        """Return the values of the mail that tells a contact of this deliverable."""
        link = self._get_link(partner)
        template = template.with_context(
            recipient_name=partner.name,
            link=link,
            may_answer=self._may_answer(partner),
        )
        ids = self.ids
        subject = template._render_field("subject", ids)[self.id]
        body = template._render_field("body_html", ids)[self.id]
        company = self.company_id
        ticket = self.ticket_id
        thread = self._get_thread()
        reply_to = ticket._notify_get_reply_to()[ticket.id]
        return {
            "subject": subject,
            "body_html": self.env["mail.render.mixin"]._render_encapsulate(
                "mail.mail_notification_light",
                body,
                add_context={"company": company},
                context_record=self,
            ),
            "email_from": company.email_formatted or self.env.user.email_formatted,
            "reply_to": reply_to,
            "recipient_ids": [(4, partner.id)],
            "auto_delete": False,
            # Replies find this record; agents do not see it in the chatter.
            "message_type": "user_notification",
            "model": thread._name,
            "res_id": thread.id,
            "headers": repr(AUTOMATIC),
            **values,
        }

    def _get_message_key(self, partner, purpose, key):
        """Return the Message-ID of a mail: the same whenever it is written."""
        delivered = clock.to_instant(self.delivered_at)
        until = clock.to_instant(self.acceptance_deadline or self.delivered_at)
        text = f"{self.id}:{partner.id}:{purpose}:{delivered}:{until}:{key}"
        digest = hashlib.sha256(text.encode()).hexdigest()[:32]
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return f"{PREFIX}{purpose}-{digest}@{database}>"

    def _make_calendar(self):
        """Return an attachment with the last day to answer, for calendars (.ics)."""
        content = self._get_calendar_text()
        if not content:
            return self.env["ir.attachment"].sudo()
        return (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": f"{self.number}.ics",
                    "raw": content.encode(),
                    "mimetype": "text/calendar",
                }
            )
        )

    def _get_calendar_text(self):
        """Return the last day to answer as iCalendar text, or an empty text."""
        if not self.acceptance_deadline:
            return ""
        moves = self.event_ids.filtered(lambda event: event.kind == "moved")
        calendar = vobject.iCalendar()
        calendar.add("method").value = "PUBLISH"
        event = calendar.add("vevent")
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        delivered = clock.to_instant(self.delivered_at)
        event.add("uid").value = f"deliverable-{self.id}-{delivered}@{database}"
        event.add("sequence").value = str(len(moves))
        stamp = vobject.icalendar.utc
        now, end = fields.Datetime.now(), self.acceptance_deadline
        event.add("dtstamp").value = now.replace(tzinfo=stamp)
        event.add("dtstart").value = (end - timedelta(minutes=30)).replace(tzinfo=stamp)
        event.add("dtend").value = end.replace(tzinfo=stamp)
        event.add("summary").value = self.env._(
            "Last day to accept or reject %s", self.display_name
        )
        event.add("description").value = self._tell_term()
        event.add("url").value = self.get_base_url() + self.access_url
        alarm = event.add("valarm")
        alarm.add("action").value = "DISPLAY"
        alarm.add("description").value = event.summary.value
        alarm.add("trigger").value = timedelta(days=-1)
        return calendar.serialize()

    # Reminders

    def _remind(self, alerts):
        """Remind those who may answer, once for all that is due; return in words."""
        if self._get_state_at(fields.Datetime.now()) != "delivered":
            return self.env._("Answered: nobody was reminded")
        now = fields.Datetime.now()
        if not self.acceptance_deadline or self.acceptance_deadline < now:
            return self.env._("The term is over: nobody was reminded")
        if self.replied_at:
            return self.env._("The customer wrote: nobody was reminded")
        self._send_notices("reminder", key=sorted(alerts.step_id.ids))
        names = self._get_answerers().filtered("email").mapped("name")
        return ", ".join(names)

    # What becomes of the mails

    @api.model
    def _record_sending(self, message_keys):
        """Record that mails left: from the first one on the customer has been told."""
        notices = self.env["helpdesk.deliverable.event"]._find_notices(message_keys)
        notices._append("sent")
        for notice in notices._get_live_notices():
            deliverable = notice.deliverable_id
            if notice.partner_id in deliverable._get_answerers():
                deliverable._notice(fields.Datetime.now())

    def _notice(self, moment):
        """Record when the customer was told; on a later day the term starts anew."""
        if self.noticed_at or self.notice_failed:
            return
        self.noticed_at = moment
        if (
            self.acceptance_deadline
            and not self.answer
            and (self._to_local_date(moment) > self._to_local_date(self.delivered_at))
        ):
            self._get_terms("acceptance")._void_term(moment)
            self._start_terms("acceptance", moment)
            self._move_term()

    @api.model
    def _record_failure(self, message_keys, reason):
        """Record that mails came back; without any notice no term runs."""
        notices = self.env["helpdesk.deliverable.event"]._find_notices(message_keys)
        if not notices:
            return
        notices._append("failed", note=reason)
        for deliverable in notices._get_live_notices().deliverable_id:
            if deliverable._is_unnoticed():
                deliverable._fail_notice()

    def _is_unnoticed(self):
        """Tell whether every notice of the delivery came back and nobody saw it."""
        history = self.event_ids.filtered(lambda e: e.at >= self.delivered_at)
        answerers = self._get_answerers()
        notices = history._get_live_notices().filtered(
            lambda notice: notice.partner_id in answerers
        )
        failed = set(
            history.filtered(lambda e: e.kind == "failed").mapped("message_key")
        )
        seen = any(event.kind == "seen" for event in history)
        return not seen and set(notices.mapped("message_key")) <= failed

    def _fail_notice(self):
        """Stop the term: the customer was never told; an agent is (R-B5).

        Acceptance by a silence that could not be broken is taken back.
        """
        self.ensure_one()
        if self.answer not in (False, "tacit") or self.notice_failed:
            return
        now = fields.Datetime.now()
        if self.answer == "tacit":
            self.write({"answer": False, "answered_at": False})
        self.write(
            {"acceptance_deadline": False, "noticed_at": False, "notice_failed": True}
        )
        self._get_terms("acceptance")._void_term(now)
        self._assign_activity(
            self._as_assignee_reads().env._(
                "%s: the notice was not delivered and no term runs. Correct the "
                "address and deliver it again.",
                self.display_name,
            )
        )

    def _record_view(self, partner, by_link=False):
        """Record that a contact who may answer sees the delivery, once each.

        Only a log-in proves that the customer was told: programs that check mails
        open links too.
        """
        if not self.delivered_at or not self._may_answer(partner):
            return
        kind = "opened" if by_link else "seen"
        if self.event_ids.filtered(
            lambda event: (
                event.kind == kind
                and event.partner_id == partner
                and event.at >= self.delivered_at
            )
        ):
            return
        origin = self._get_origin()
        self._log(
            kind,
            partner_id=partner.id,
            name=partner.name,
            address=origin.get("answered_from"),
            browser=origin.get("answered_with"),
        )
        if not by_link:
            self._notice(fields.Datetime.now())

    # The ledger

    def _log(self, kind, **values):
        """Append a fact to the history of each."""
        self.env["helpdesk.deliverable.event"].sudo().create(
            [deliverable._prepare_event(kind, **values) for deliverable in self]
        )

    def _prepare_event(self, kind, **values):
        return {
            "deliverable_id": self.id,
            "company_id": self.company_id.id,
            "kind": kind,
            "at": fields.Datetime.now(),
            "user_id": self.env.uid,
            "until": self.acceptance_deadline,
            **values,
        }
