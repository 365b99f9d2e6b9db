import logging

from odoo import api, fields, models
from odoo.tools import email_normalize
from odoo.tools.mail import html_to_inner_content

from odoo.addons.helpdesk_sla_policy.models.mail_thread import AUTOMATIC
from odoo.addons.helpdesk_sla_policy.retry import CONCURRENT, Redo

_logger = logging.getLogger(__name__)

BATCH = 100
KINDS = [
    ("receipt", "Receipt"),
    ("diagnosis", "Diagnosis"),
    ("solution", "Solution"),
    ("closing", "Closing"),
    ("refusal", "Refusal"),
]


class HelpdeskTicketNotice(models.Model):
    """What the customer was told about a ticket, and when.

    A row is written with the fact that it tells of; its mail is made by a job of
    every minute, so that a thousand new tickets cost one insertion.
    """

    _name = "helpdesk.ticket.notice"
    _description = "Ticket Notice"
    _order = "ticket_id desc, sent_at desc, id desc"
    _allow_sudo_commands = False

    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one("res.company", readonly=True)
    kind = fields.Selection(KINDS, string="Notice", required=True, readonly=True)
    cycle = fields.Integer(
        default=1,
        required=True,
        readonly=True,
        aggregator=None,
        help="Grows when the ticket is reopened and the customer is told again.",
    )
    sent_at = fields.Datetime(
        string="Notified", required=True, readonly=True, index=True
    )
    user_id = fields.Many2one(
        "res.users", string="By", readonly=True, help="Whose act told the customer."
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    email = fields.Char(
        string="E-mail Address",
        readonly=True,
        help="Empty: nobody could be written to.",
    )
    is_automatic = fields.Boolean(
        string="Automatic", readonly=True, help="No person had a hand in it."
    )
    state = fields.Selection(
        [
            ("queued", "To write"),
            ("sent", "Written"),
            ("no_address", "No address"),
            ("failed", "Failed"),
            ("dropped", "Not written"),
        ],
        required=True,
        readonly=True,
        help="No address: tell the customer in another way. Failed: the mail could "
        "not be made; the ticket's messages say why. Not written: it was withdrawn "
        "within the minute in which its mail would have left.",
    )
    template_id = fields.Many2one("mail.template", readonly=True, ondelete="set null")
    mail_id = fields.Many2one(
        "mail.mail", readonly=True, ondelete="set null", copy=False
    )
    mail_message_id = fields.Many2one(
        "mail.message",
        string="Message",
        index="btree_not_null",
        readonly=True,
        ondelete="set null",
    )
    text = fields.Html(readonly=True, sanitize=False, help="What the customer read.")
    deadline_at = fields.Datetime(
        string="Term",
        readonly=True,
        help="Without an answer the ticket closes at this moment.",
    )
    term = fields.Selection(
        [
            ("running", "Running"),
            ("answered", "Answered"),
            ("elapsed", "Closed by silence"),
            ("ended", "Ended otherwise"),
        ],
        string="State of the Term",
        readonly=True,
    )
    withdrawn_at = fields.Datetime(
        string="Withdrawn",
        readonly=True,
        help="The ticket was reopened: the notice no longer holds.",
    )

    _ticket_kind_cycle_uniq = models.UniqueIndex(
        "(ticket_id, kind, cycle)", "The customer was told that already."
    )
    _queue_idx = models.Index("(id) WHERE state = 'queued'")
    _deadline_idx = models.Index("(deadline_at) WHERE term = 'running'")
    _email_idx = models.Index("(email, sent_at) WHERE is_automatic")

    @api.depends("kind", "ticket_id")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for notice in self:
            words = (notice.ticket_id.number, labels.get(notice.kind))
            notice.display_name = " ".join(filter(None, words))

    @api.model
    def _insert(self, rows):
        """Write notices; the job of every minute makes their mails."""
        if rows:
            self.env["helpdesk.sla.timer"]._insert_plain((self, tuple(rows[0]), rows))

    # Mails

    @api.model
    def _cron_send(self):
        """Make the mails of the notices that wait for one."""
        cron, redo, later = self.env["ir.cron"], Redo(self.env), []
        while done := redo(self._send_batch, later):
            remaining = self.search_count([("state", "=", "queued")], limit=BATCH)
            if not cron._commit_progress(done, remaining=remaining):
                break

    @api.model
    def _send_batch(self, later):
        """Make the mails of a batch; return how many, 0 when others are at it.

        What has to wait for another job is added to the ids ``later``.
        """
        domain = [("state", "=", "queued"), ("id", "not in", later)]
        notices = self.search(domain, limit=BATCH, order="id").try_lock_for_update()
        if notices:
            notices._make_mails_safely()
            later += notices.filtered(lambda notice: notice.state == "queued").ids
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        return len(notices)

    def _make_mails_safely(self):
        """Make the mails in one go, or one by one when one of them cannot be made."""
        try:
            with self.env.cr.savepoint():
                self._make_mails()
        except CONCURRENT:
            raise
        except Exception:
            _logger.exception("A batch of notices failed; one by one now")
            self.env.invalidate_all()
            for notice in self:
                notice._make_mail_alone()

    def _make_mail_alone(self):
        try:
            with self.env.cr.savepoint():
                self._make_mails()
        except CONCURRENT:
            raise
        except Exception as error:
            _logger.exception("Notice %s could not be made", self.id)
            self.env.invalidate_all()
            self.write({"state": "failed"})
            self.ticket_id.message_post(
                body=self.env._(
                    "The notice “%(kind)s” could not be written: %(error)s. Correct "
                    "its template and tell the customer yourself.",
                    kind=self._get_kind_label(),
                    error=error,
                ),
                subtype_xmlid="mail.mt_note",
                author_id=self.env.ref("base.partner_root").id,
            )

    def _make_mails(self):
        """Write one mail.mail per notice, in the customer's language."""
        for (template, _kind), notices in self.grouped(
            lambda notice: (notice.template_id, notice.kind)
        ).items():
            if not template:
                notices.write({"state": "failed"})
                continue
            mails = template.send_mail_batch(
                notices.ticket_id.ids,
                force_send=False,
                email_values=notices._prepare_mail_values(),
                email_layout_xmlid="mail.mail_notification_light",
            )
            by_ticket = {mail.res_id: mail for mail in mails}
            for notice in notices:
                mail = by_ticket[notice.ticket_id.id]
                notice.write(
                    {
                        "state": "sent",
                        "mail_id": mail.id,
                        "mail_message_id": mail.mail_message_id.id,
                        "text": mail.body_html,
                    }
                )

    def _prepare_mail_values(self):
        """Return what every notice's mail carries; robots must not answer it."""
        headers = {**AUTOMATIC, "Auto-Submitted": "auto-replied"}
        return {
            "auto_delete": False,
            "author_id": self.env.ref("base.partner_root").id,
            "headers": repr(headers),
            "message_type": "email_outgoing",
        }

    def _get_kind_label(self):
        self.ensure_one()
        return dict(self._fields["kind"]._description_selection(self.env))[self.kind]

    def _still_says(self):
        """Tell whether the customer has read what the ticket says now (R-C3).

        Only a diagnosis can change while its notice holds; one whose mail is still
        to be made says what it will say then.
        """
        self.ensure_one()
        if self.kind != "diagnosis" or self.state != "sent":
            return True
        told, now = (
            " ".join(html_to_inner_content(text or "").split())
            for text in (self.text, self.ticket_id.diagnosis)
        )
        return now in told

    def _has_bounced(self):
        """Tell whether the mail of this notice is known not to have arrived."""
        notice = self.sudo()
        return notice.state == "failed" or notice.mail_id.state == "exception"

    @api.model
    def _get_address(self, ticket):
        """Return the normalised address of a ticket's customer, or False."""
        ticket = ticket.sudo()
        partner = ticket.partner_id
        if partner.email and partner.email == partner.email_normalized:
            return partner.email  # nothing to parse
        return email_normalize(partner.email) or email_normalize(ticket.partner_email)
