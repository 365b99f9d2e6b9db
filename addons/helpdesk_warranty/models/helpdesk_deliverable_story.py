from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, format_time

from odoo.addons.helpdesk_sla_policy import clock

from .. import terms

#: How an event looks: icon and colour.
LOOKS = {
    "delivered": ("fa-paper-plane", "info"),
    "notified": ("fa-envelope-o", "muted"),
    "sent": ("fa-envelope", "muted"),
    "failed": ("fa-exclamation-triangle", "danger"),
    "seen": ("fa-eye", "muted"),
    "opened": ("fa-link", "muted"),
    "moved": ("fa-calendar", "warning"),
    "replied": ("fa-comment-o", "info"),
    "no_answer": ("fa-comment-o", "muted"),
    "accepted": ("fa-check", "success"),
    "tacit": ("fa-check", "success"),
    "rejected": ("fa-times", "danger"),
    "withdrawn": ("fa-undo", "muted"),
}


class HelpdeskDeliverable(models.Model):
    """The term in words, and the history of all versions at a glance."""

    _inherit = "helpdesk.deliverable"

    timeline = fields.Html(compute="_compute_timeline", sanitize=False)

    @api.depends("event_ids", "state", "previous_id", "next_ids")
    @api.depends_context("lang")
    def _compute_timeline(self):
        for deliverable in self:
            deliverable.timeline = self.env["ir.qweb"]._render(
                "helpdesk_warranty.deliverable_timeline",
                {"versions": deliverable._get_history(), "is_agent": True},
            )

    def _get_versions(self):
        """Return all versions, the newest first."""
        versions = newest = self.sudo()
        while newest := newest.next_ids[:1]:
            versions |= newest
        oldest = self.sudo()
        while oldest := oldest.previous_id:
            versions |= oldest
        return versions.sorted("version", reverse=True)

    def _get_history(self, drafts=True):
        """Return what happened, version by version, as dicts for the timeline."""
        return [
            {
                "deliverable": version,
                "is_shown": version.id == self.id,
                "lines": version._get_lines(),
            }
            for version in self._get_versions()
            if drafts or version.delivered_at
        ]

    def _get_lines(self):
        """Return the events in words; silence that no job recorded yet is one too."""
        lines = [
            {
                "when": self._tell_moment(event.at, short=True),
                "text": event._describe(),
                "note": event.note if event.kind != "moved" else "",
                "origin": " · ".join(filter(None, (event.address, event.browser))),
                "icon": LOOKS[event.kind][0],
                "color": LOOKS[event.kind][1],
            }
            for event in self.event_ids
            if event.kind != "notified" or not event._is_settled()
        ]
        if self.state == "tacit" and not self.answer:
            labels = dict(self._fields["state"]._description_selection(self.env))
            lines.append(
                {
                    "when": self._tell_moment(self.acceptance_deadline, short=True),
                    "text": labels["tacit"],
                    "note": "",
                    "origin": "",
                    "icon": LOOKS["tacit"][0],
                    "color": LOOKS["tacit"][1],
                }
            )
        return lines

    def _tell_moment(self, moment, short=False):
        """Return a naive UTC moment in words of the reader's language."""
        if not moment:
            return ""
        tz = self._get_tz()
        pattern = "d MMM y" if short else "full"
        day = format_date(self.env, self._to_local_date(moment), date_format=pattern)
        time = format_time(self.env, moment, tz=tz, time_format="HH:mm")
        return f"{day}, {time}"

    def _tell_deadline(self):
        """Return the last day and hour of the term in words, with its zone."""
        return f"{self._tell_moment(self.acceptance_deadline)} ({self._get_tz()})"

    def _tell_delivered(self):
        """Return the subject of the mail about the delivery, without its last day."""
        values = {"number": self.number, "name": self.name}
        if self.kind == "ticket":
            return self.env._("%(number)s solved: %(name)s", **values)
        return self.env._("%(number)s delivered: %(name)s", **values)

    def _tell_answerers(self):
        """Return who may answer until when, in words for those who may not."""
        return self.env._(
            "%(names)s may accept it, or reject it with grounds, until %(deadline)s.",
            names=", ".join(self._get_answerers().mapped("name")),
            deadline=self._tell_deadline(),
        )

    def _tell_last_day(self):
        """Return the last day of the term in words."""
        day = self._to_local_date(self.acceptance_deadline)
        return format_date(self.env, day, date_format="full")

    def _tell_term(self):
        """Return in words how long the term is, when it ends and what silence means."""
        if not self.acceptance_deadline:
            return self.env._("No term runs: silence accepts nothing.")
        timer = self._get_terms("acceptance")[-1:]
        length = self.env._("%s h", f"{timer.target_seconds / 3600:g}")
        if timer.target_days == 1:
            length = self.env._("1 business day")
        elif timer.target_days:
            length = self.env._("%s business days", timer.target_days)
        if self.silence_accepts:
            return self.env._(
                "You have %(length)s from the delivery to accept it or to reject it "
                "with your grounds: until %(deadline)s. Without an answer by then it "
                "counts as accepted (tacit acceptance), definitively.",
                length=length,
                deadline=self._tell_deadline(),
            )
        return self.env._(
            "You have %(length)s from the delivery to accept it or to reject it with "
            "your grounds: until %(deadline)s. Silence does not accept it: we need "
            "your answer.",
            length=length,
            deadline=self._tell_deadline(),
        )

    def _tell_span(self):
        """Return from when to when the term ran, in words."""
        return self.env._(
            "from %(start)s to %(end)s",
            start=self._tell_moment(self.delivered_at),
            end=self._tell_moment(self.acceptance_deadline),
        )

    def _tell_acceptance(self):
        """Return who accepted and when, or why silence did, in one sentence."""
        if self.state == "accepted":
            return self.env._(
                "Accepted by %(name)s on %(date)s.",
                name=self.answered_by,
                date=self._tell_moment(self.answered_at),
            )
        return self.env._(
            "Tacitly accepted on %(date)s, because no answer was received in the term "
            "%(span)s.",
            date=self._tell_moment(self.acceptance_deadline),
            span=self._tell_span(),
        )

    def _tell_countdown(self):
        """Return how much of the term is left, in business days."""
        if not self.acceptance_deadline:
            return ""
        timer = self.sudo()._get_terms("acceptance")[-1:]
        now = clock.to_instant(fields.Datetime.now())
        end = clock.to_instant(self.acceptance_deadline)
        if now > end:
            return self.env._("The term is over")
        days = terms.days_left(timer._get_clock(), now, end)
        if days == 0:
            return self.env._("Today is the last day")
        if days == 1:
            return self.env._("1 business day left")
        return self.env._("%s business days left", days)

    # Certificate

    def _check_certificate(self):
        """Raise UserError unless every one of these was accepted."""
        for deliverable in self:
            if deliverable.state not in ("accepted", "tacit"):
                raise UserError(
                    self.env._(
                        "%s has not been accepted: there is nothing to certify yet.",
                        deliverable.display_name,
                    )
                )

    def _get_certified_mails(self):
        """Return the mails of this version: who, what, when, and what became of it."""
        labels = dict(
            self.event_ids._fields["purpose"]._description_selection(self.env)
        )
        mails = []
        for notice in self.event_ids.filtered(lambda e: e.kind == "notified"):
            fate = notice._get_fate()
            mails.append(
                {
                    "purpose": labels[notice.purpose],
                    "name": notice.name,
                    "email": notice.email,
                    "written": self._tell_moment(notice.at, short=True),
                    "sent": self._tell_moment(fate["sent"], short=True),
                    "failed": self._tell_moment(fate["failed"], short=True),
                    "key": notice.message_key.strip("<>").split("@")[0],
                }
            )
        return mails


class HelpdeskDeliverableEvent(models.Model):
    """Events in words."""

    _inherit = "helpdesk.deliverable.event"

    def _get_fate(self):
        """Return when a mail that was written left and came back."""
        others = self.deliverable_id.event_ids.filtered(
            lambda event: event.message_key == self.message_key
        )
        return {
            kind: others.filtered(lambda event, kind=kind: event.kind == kind)[-1:].at
            for kind in ("sent", "failed")
        }

    def _is_settled(self):
        return any(self._get_fate().values())

    def _describe(self):
        """Return this event in words."""
        purposes = dict(self._fields["purpose"]._description_selection(self.env))
        values = {
            "who": self.name or "",
            "email": self.email or "",
            "purpose": purposes.get(self.purpose, ""),
        }
        deliverable = self.deliverable_id
        if self.kind == "delivered" and self.until:
            return self.env._(
                "Delivered; to answer until %s",
                deliverable._tell_moment(self.until, short=True),
            )
        if self.kind == "moved":
            return self.env._(
                "The working calendar changed: the term ends on %(until)s, not on "
                "%(before)s",
                until=deliverable._tell_moment(self.until, short=True),
                before=self.note,
            )
        return {
            "delivered": self.env._("Delivered"),
            "notified": self.env._("%(purpose)s: mail to %(email)s waits", **values),
            "sent": self.env._("%(purpose)s: mail sent to %(email)s", **values),
            "failed": self.env._(
                "%(purpose)s: the mail to %(email)s was not delivered", **values
            ),
            "seen": self.env._("Seen by %(who)s", **values),
            "opened": self.env._("Link opened by %(who)s", **values),
            "replied": self.env._("%(who)s wrote", **values),
            "no_answer": self.env._("%(who)s: that is no answer", **values),
            "accepted": self.env._("Accepted by %(who)s", **values),
            "tacit": self.env._("Tacitly accepted: no answer came in the term"),
            "rejected": self.env._("Rejected by %(who)s", **values),
            "withdrawn": self.env._("Withdrawn: the ticket was reopened")
            if deliverable.kind == "ticket"
            else self.env._("Withdrawn: a new version will follow"),
        }[self.kind]
