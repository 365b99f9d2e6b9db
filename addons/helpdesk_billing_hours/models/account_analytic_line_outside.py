from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

#: Who of a ticket's work outside attention hours is charged, and on what record.
REQUESTS = [
    ("customer", "The customer asked for it"),
    ("authorized", "The customer authorised it"),
    ("agent", "We decided: covered"),
]


class AccountAnalyticLine(models.Model):
    """On whose word work was done outside attention hours, and the proof (R-A8)."""

    _inherit = "account.analytic.line"

    outside_request = fields.Selection(
        REQUESTS,
        string="Out of Hours",
        help="Work outside attention hours is billable when the customer asked for it "
        "or authorised it, on record, else it is covered; say why.",
    )
    outside_message_id = fields.Many2one(
        "mail.message",
        string="Request",
        compute="_compute_outside_proof",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        help="The customer's message on the ticket that asks for it: a mail, a "
        "comment, an escalation, or the report itself.",
    )
    outside_authorization_id = fields.Many2one(
        "helpdesk.authorization",
        string="Authorisation",
        compute="_compute_outside_proof",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        help="The approved authorisation of this ticket for work outside attention "
        "hours.",
    )
    outside_message_ids = fields.Many2many(
        "mail.message", compute="_compute_outside_choices"
    )
    outside_authorization_ids = fields.Many2many(
        "helpdesk.authorization", compute="_compute_outside_choices"
    )
    outside_note = fields.Char(
        string="Why",
        help="Why you worked outside attention hours without being asked; or what the "
        "invoice adds to the customer's request.",
    )

    @api.depends("outside_request", "ticket_id")
    def _compute_outside_proof(self):
        """Propose the last request before the work, or the first authorisation."""
        for line in self:
            message = authorization = False
            if line.outside_request == "customer":
                message = line._get_requests()[-1:]
            elif line.outside_request == "authorized":
                authorization = line._get_outside_authorizations()[:1]
            line.outside_message_id = message
            line.outside_authorization_id = authorization

    @api.depends("outside_request", "ticket_id")
    def _compute_outside_choices(self):
        for line in self:
            asked = line.outside_request == "customer"
            line.outside_message_ids = asked and line._get_requests()
            authorized = line.outside_request == "authorized"
            line.outside_authorization_ids = (
                authorized and line._get_outside_authorizations()
            )

    @api.constrains(
        "outside_request",
        "outside_note",
        "outside_message_id",
        "outside_authorization_id",
        "ticket_id",
    )
    def _check_outside_request(self):
        for line in self.filtered("outside_request"):
            if line.outside_request == "customer":
                line._check_asked()
            elif line.outside_request == "authorized":
                line._check_outside_authorized()
            elif not (line.outside_note or "").strip():
                raise UserError(
                    self.env._("Write why you worked outside attention hours.")
                )

    def _check_asked(self):
        """Raise UserError unless a message of the customer asks for it."""
        message = self.outside_message_id
        if message and message in self._get_requests(all_of_them=True):
            return
        raise UserError(
            self.env._(
                "Nothing that the customer wrote on %s asks for work outside attention "
                "hours: let the customer write it there, send an authorisation for it, "
                "or say why you did it.",
                self.ticket_id.number,
            )
        )

    def _check_outside_authorized(self):
        """Raise UserError unless an approved authorisation of the ticket allows it."""
        authorization = self.outside_authorization_id
        if authorization and authorization in self._get_outside_authorizations():
            return
        raise UserError(
            self.env._(
                "The customer has approved no authorisation of %s for work outside "
                "attention hours: send one with the box Out of Hours, or say why you "
                "did it.",
                self.ticket_id.number,
            )
        )

    def _get_requests(self, all_of_them=False):
        """Return what the customer wrote on the ticket until the work, oldest first.

        What was written later only when nothing was before, or ``all_of_them``.
        """
        ticket = self.ticket_id._origin.sudo()
        if not ticket:
            return self.env["mail.message"]
        messages = self.env["mail.message"].sudo()
        created = self.env.ref("helpdesk_mgmt.hlp_tck_created")
        found = messages.search(
            [
                ("model", "=", ticket._name),
                ("res_id", "=", ticket.id),
                (
                    "author_id.commercial_partner_id",
                    "=",
                    ticket.commercial_partner_id.id,
                ),
                "|",
                ("message_type", "in", ("comment", "email")),
                ("subtype_id", "=", created.id),
            ],
            order="date, id",
        )
        if not all_of_them:
            before = found.filtered(
                lambda m: self.started_at and m.date <= self.started_at
            )
            found = before or found[:1]
        return found.sudo(False)

    def _get_outside_authorizations(self):
        """Return the approved authorisations for work outside attention hours."""
        ticket = self.ticket_id._origin.sudo()
        given = ticket._get_approved_authorizations(out_of_hours=True)
        return given.sudo(False)

    def _describe_request(self):
        """Return who asked for work outside attention hours, and when."""
        message = self.outside_message_id.sudo()
        tz = self.ticket_id.sudo()._get_customer_tz()
        moment = fields.Datetime.context_timestamp(
            self.with_context(tz=tz), message.date or fields.Datetime.now()
        )
        date = format_date(self.env, moment.date())
        words = f"{message.author_id.name or ''}, {date} {moment:%H:%M}"
        return f"{words}, {self.outside_note}" if self.outside_note else words
