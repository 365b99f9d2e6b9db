import hashlib
import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import SQL

from ..retry import CONCURRENT
from .mail_thread import AUTOMATIC

_logger = logging.getLogger(__name__)

#: How many people are told in one transaction.
PEOPLE = 50
#: How many alerts a mail lists; it counts the others.
LINES = 1000
#: How long a mail waits for a sweep that goes on and on, in seconds.
WAIT = 30


class HelpdeskSlaAlert(models.Model):
    """Who is told by mail: one mail a person of all that a sweep has fired.

    Who is to be told is written with the alert, and taken away with the mail that
    tells it: whatever crashes, everybody is told once.
    """

    _inherit = "helpdesk.sla.alert"

    waiting_partner_ids = fields.Many2many(
        "res.partner",
        "helpdesk_sla_alert_waiting_rel",
        "alert_id",
        "partner_id",
        string="To Be Mailed",
        readonly=True,
        help="Who is still to be told by mail: as soon as everything that is due has "
        "fired, each of them gets one mail of all.",
    )

    @api.model
    def _await_mails(self, mails):
        """Have people told of the alerts of ``{partner: [alert]}`` after this sweep."""
        for partner, alerts in mails.items():
            link = Command.link(partner.id)
            self.browse().concat(*alerts).write({"waiting_partner_ids": [link]})

    @api.model
    def _has_waited(self, now):
        """Tell whether somebody has waited for a mail longer than WAIT seconds."""
        domain = [
            ("waiting_partner_ids", "!=", False),
            ("fired_at", "<=", now - timedelta(seconds=WAIT)),
        ]
        return bool(self.search_count(domain, limit=1))

    @api.model
    def _tell_batch(self):
        """Write the mails of up to PEOPLE persons who wait; return how many."""
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT partner_id FROM helpdesk_sla_alert_waiting_rel "
                "ORDER BY partner_id LIMIT %s",
                PEOPLE,
            )
        )
        partners = self.env["res.partner"].browse(partner_id for (partner_id,) in rows)
        for partner in partners:
            alerts = self._take_waiting(partner)
            try:
                with self.env.cr.savepoint():
                    self._tell(partner, alerts)
            except CONCURRENT:
                raise
            except Exception:
                _logger.exception("The mail about SLA alerts to %s failed", partner.id)
                self.env.invalidate_all()
                alerts.failed = True
        if partners:
            self._wake_mail_queue()
        return len(partners)

    @api.model
    def _wake_mail_queue(self):
        """Have what was queued sent soon: by itself the queue runs once an hour."""
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    @api.model
    def _take_waiting(self, partner):
        """Return the alerts that a person waits for, who waits for them no more."""
        rows = self.env.execute_query(
            SQL(
                "DELETE FROM helpdesk_sla_alert_waiting_rel WHERE partner_id = %s "
                "RETURNING alert_id",
                partner.id,
            )
        )
        self.invalidate_model(["waiting_partner_ids"], flush=False)
        return self.browse(sorted(alert_id for (alert_id,) in rows))

    @api.model
    def _tell(self, partner, alerts):
        """Queue the mail that tells a person of alerts."""
        record = alerts.with_context(lang=partner.lang or self.env.lang)
        self.env["mail.mail"].sudo().create(record._prepare_alert_mail(partner))

    def _prepare_alert_mail(self, partner):
        """Return the values of the mail that tells a person of these alerts."""
        [[count]] = self._read_group(
            [("id", "in", self.ids)], aggregates=["ticket_id:count_distinct"]
        )
        shown = self.search([("id", "in", self.ids)], order="due_at, id", limit=LINES)
        tickets = shown.ticket_id
        is_customer = not partner.sudo().user_ids.filtered(lambda user: not user.share)
        body = self.env["ir.qweb"]._render(
            "helpdesk_sla_policy.alert_mail",
            {
                "partner": partner,
                "alerts": shown,
                "more": len(self) - len(shown),
                "is_customer": is_customer,
                "tz": partner.tz or tickets[:1]._get_customer_tz(),
            },
        )
        digest = hashlib.sha256(f"{partner.id}:{self.ids}".encode()).hexdigest()[:32]
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        company = tickets.company_id[:1]
        return {
            "subject": self._get_mail_subject(tickets, count, is_customer),
            "body_html": body,
            "email_from": company.email_formatted or self.env.user.email_formatted,
            "recipient_ids": [Command.link(partner.id)],
            "auto_delete": False,
            "message_id": f"<sla-alert-{digest}@{database}>",
            # A customer's answer finds its ticket; agents' mails stay off the chatter.
            "model": is_customer and count == 1 and tickets._name,
            "res_id": is_customer and count == 1 and tickets.id,
            "message_type": "email_outgoing",
            "headers": repr(AUTOMATIC),
        }

    def _get_mail_subject(self, tickets, count, is_customer):
        """Return what a mail of these alerts is about."""
        if count > 1:
            return (
                self.env._("Your %s tickets: we are working on them", count)
                if is_customer
                else self.env._("%s tickets need your attention", count)
            )
        return f"{tickets.number} {tickets.name}: " + (
            self.env._("we are working on it")
            if is_customer
            else ", ".join(step._get_headline() for step in self.step_id)
        )
