from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html

from odoo.addons.helpdesk_sla_policy import clock
from odoo.addons.helpdesk_sla_policy.recorded import blank

#: What sending and answering record; nobody writes it by hand.
RECORDED = {
    "answered_at",
    "answered_by",
    "answered_from",
    "expires_at",
    "proof_ids",
    "recorded_by_id",
    "rejection_reason",
    "sent_at",
    "signature",
    "state",
}


class HelpdeskAuthorization(models.Model):
    """Hours and a price that the customer approves before billable work (R-A8)."""

    _name = "helpdesk.authorization"
    _description = "Work Authorisation"
    _inherit = ["mail.thread", "mail.activity.mixin", "portal.mixin"]
    _order = "id desc"
    _mail_post_access = "read"

    name = fields.Char(string="Number", default="/", readonly=True, copy=False)
    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, index=True, ondelete="restrict"
    )
    deliverable_id = fields.Many2one(
        "helpdesk.deliverable",
        string="Estimate",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
        help="The estimate whose hours are to be approved.",
    )
    company_id = fields.Many2one(
        related="ticket_id.company_id", store=True, index=True, precompute=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        related="ticket_id.commercial_partner_id",
        store=True,
        index=True,
        precompute=True,
    )
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    is_out_of_hours = fields.Boolean(
        string="Out of Hours",
        tracking=True,
        help="These hours are for work outside attention hours. They authorise nothing "
        "else.",
    )
    description = fields.Html(help="The work that these hours are for.")
    hours = fields.Float(required=True, tracking=True, help="No more than these hours.")
    price_unit = fields.Monetary(
        string="Price per Hour",
        tracking=True,
        help="Fixed for these hours, before taxes, once the customer approves.",
    )
    amount = fields.Monetary(string="At Most", compute="_compute_amount", store=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("sent", "Sent"),
            ("approved", "Approved"),
            ("rejected", "Rejected"),
            ("lapsed", "Lapsed"),
            ("withdrawn", "Withdrawn"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    sent_at = fields.Datetime(string="Sent", readonly=True, copy=False)
    expires_at = fields.Datetime(
        string="Answer Until",
        readonly=True,
        copy=False,
        help="Without an answer until then it lapses: silence never approves hours.",
    )
    last_day = fields.Date(
        string="Last Day to Answer",
        compute="_compute_last_day",
        help="In the customer's time zone; after it the request lapses.",
    )
    answered_at = fields.Datetime(string="Answered", readonly=True, copy=False)
    answered_by = fields.Char(readonly=True, copy=False)
    answered_from = fields.Char(
        string="Address", readonly=True, copy=False, help="The IP address it came from."
    )
    signature = fields.Binary(readonly=True, copy=False, attachment=True)
    rejection_reason = fields.Text(readonly=True, copy=False, tracking=True)
    recorded_by_id = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        help="Who recorded an approval that did not come by the portal.",
    )
    proof_ids = fields.Many2many(
        "ir.attachment",
        readonly=True,
        copy=False,
        bypass_search_access=True,
        help="The mail or the document in which the customer approved.",
    )

    _waiting_idx = models.Index("(expires_at) WHERE state = 'sent'")
    _hours_check = models.Constraint(
        "CHECK (hours > 0)", "An authorisation is for more than zero hours."
    )
    _price_check = models.Constraint(
        "CHECK (price_unit >= 0)", "The price per hour cannot be negative."
    )

    @api.depends("ticket_id")
    def _compute_currency_id(self):
        for authorization in self:
            ticket = authorization.ticket_id.sudo()
            authorization.currency_id = (
                ticket.contract_id.currency_id or ticket.company_id.currency_id
            )

    @api.depends("hours", "price_unit")
    def _compute_amount(self):
        for authorization in self:
            authorization.amount = authorization.hours * authorization.price_unit

    @api.depends("expires_at")
    def _compute_last_day(self):
        for authorization in self:
            authorization.last_day = authorization._get_last_day()

    @api.depends("name")
    def _compute_display_name(self):
        for authorization in self:
            name = authorization.name
            authorization.display_name = name if name != "/" else False

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for authorization in self:
            authorization.access_url = f"/my/authorization/{authorization.id}"
        return result

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_recorded(vals)
        vals_list = [blank(self, vals, RECORDED) for vals in vals_list]
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                sequence = self.env["ir.sequence"]
                vals["name"] = sequence.next_by_code("helpdesk.authorization") or "/"
        return super().create(vals_list)

    def write(self, vals):
        self._check_not_recorded(vals)
        terms = {"currency_id", "deliverable_id", "description", "hours"}
        terms |= {"is_out_of_hours", "price_unit", "ticket_id"}
        if terms & vals.keys() and any(a.state != "draft" for a in self):
            raise UserError(
                self.env._(
                    "What the customer was asked to approve does not change: make a "
                    "new authorisation instead."
                )
            )
        return super().write(vals)

    def _check_not_recorded(self, vals):
        """Refuse an approval that is written instead of given."""
        if not self.env.su and RECORDED & vals.keys():
            raise AccessError(
                self.env._(
                    "Only the customer's answer changes this: send the authorisation "
                    "and let the customer sign it."
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        if any(authorization.state != "draft" for authorization in self):
            raise UserError(self.env._("Only a draft can be deleted."))

    def action_send(self):
        """Ask the customer for approval by mail and on the portal."""
        now = fields.Datetime.now()
        for authorization in self:
            if authorization.state != "draft":
                raise UserError(
                    self.env._("%s has been sent already.", authorization.name)
                )
            authorization.check_access("write")
            authorization._check_approvers()
            authorization.sudo().write(
                {
                    "state": "sent",
                    "sent_at": now,
                    "expires_at": authorization._get_expiry(now),
                }
            )
            authorization.message_post_with_source(
                self.env.ref("helpdesk_warranty.mail_template_authorization"),
                subtype_xmlid="mail.mt_comment",
                email_layout_xmlid="mail.mail_notification_light",
            )
        moments = {a.expires_at for a in self if a.expires_at}
        if moments:
            cron = self.env.ref("helpdesk_warranty.ir_cron_lapse_authorizations")
            cron.sudo()._trigger(sorted(moments))

    def action_withdraw(self):
        """Take back what waits for the customer's answer."""
        for authorization in self:
            authorization.check_access("write")
            authorization._lock_to_answer()
            authorization.sudo().state = "withdrawn"
            authorization.deliverable_id._follow_authorization(authorization)

    def action_ask_again(self):
        """Make a new draft with the same work, hours and price.

        An estimate asks again with its next version.
        """
        self.ensure_one()
        if self.deliverable_id.state in ("rejected", "withdrawn"):
            return self.deliverable_id.action_redeliver()
        return self.copy()._get_records_action()

    def _get_expiry(self, moment):
        """Return the end of the last day to answer as naive UTC, or False."""
        ticket = self.ticket_id.sudo()
        days = ticket.sla_policy_id.authorization_days
        if not days:
            return False
        tz = ticket._get_customer_tz()
        today = fields.Date.to_date(clock.local(clock.to_instant(moment), tz)[:10])
        midnight = (today + timedelta(days=days + 1)).isoformat()
        return clock.to_datetime(clock.instant(midnight, tz))

    def _get_last_day(self):
        """Return the last day to answer in the customer's zone, or False."""
        if not self.expires_at:
            return False
        tz = self.ticket_id.sudo()._get_customer_tz()
        end = clock.to_instant(self.expires_at) - 1
        return fields.Date.to_date(clock.local(end, tz)[:10])

    def _sign(self, name, signature, address=None):
        """Record the signed approval of the portal user who is logged in."""
        self._check_may_answer()
        self._record_answer(
            state="approved", answered_by=name, signature=signature, address=address
        )

    def _refuse(self, reason, address=None):
        """Record that the portal user who is logged in rejects, and why."""
        self._check_may_answer()
        if not (reason or "").strip():
            raise UserError(
                self.env._(
                    "Write why you do not approve: it helps us to propose better."
                )
            )
        self._record_answer(
            state="rejected",
            answered_by=self.env.user.name,
            address=address,
            rejection_reason=reason.strip(),
        )

    def _lock_to_answer(self):
        """Wait for whoever answers at the same time; raise unless it is open."""
        self.ensure_one()
        authorization = self.sudo()
        authorization.lock_for_update()
        now = self.env["helpdesk.deliverable"]._get_arrival()
        expires_at = authorization.expires_at
        if authorization.state == "lapsed" or (
            authorization.state == "sent" and expires_at and expires_at <= now
        ):
            raise UserError(
                self.env._("The term to answer is over: ask us to send it again.")
            )
        if authorization.state != "sent":
            raise UserError(self.env._("This has been answered already."))

    def _record_answer(self, state, answered_by, address=None, **values):
        """Record an answer once, under a lock; the agent of the ticket is told."""
        self._lock_to_answer()
        authorization = self.sudo()
        authorization.write(
            {
                "state": state,
                "answered_at": self.env["helpdesk.deliverable"]._get_arrival(),
                "answered_by": answered_by,
                "answered_from": address,
                **values,
            }
        )
        labels = dict(self._fields["state"]._description_selection(self.env))
        body = self.env._(
            "%(state)s by %(name)s: %(hours)s hours.",
            state=labels[state],
            name=answered_by,
            hours=f"{authorization.hours:g}",
        )
        reason = values.get("rejection_reason")
        authorization.message_post(
            body=f"{body} {reason}" if reason else body,
            author_id=self.env.user.partner_id.id,
            subtype_xmlid="mail.mt_note",
        )
        authorization._tell_agent()
        if authorization.deliverable_id:
            self.deliverable_id._follow_authorization(authorization)

    def _tell_agent(self):
        """Give the agent of the ticket what to do after the customer's answer."""
        ticket = self.ticket_id
        agent = ticket.user_id or ticket.team_id.user_id
        if not agent or ticket.closed:
            return
        agent_self = self.with_context(lang=agent.lang)
        labels = dict(self._fields["state"]._description_selection(agent_self.env))
        ticket.with_context(lang=agent.lang).activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=agent.id,
            summary=agent_self.env._(
                "%(authorization)s: %(state)s",
                authorization=self.name,
                state=labels[self.state],
            ),
            note=self.rejection_reason and plaintext2html(self.rejection_reason),
        )

    @api.model
    def _cron_lapse(self):
        """Let what the customer did not answer lapse; hours are never tacit (R-B4)."""
        due = self.search(
            [("state", "=", "sent"), ("expires_at", "<=", fields.Datetime.now())],
            order="expires_at, id",
        )
        self.env["helpdesk.job.failure"]._work(
            "helpdesk_warranty.ir_cron_lapse_authorizations",
            due,
            lambda authorizations: authorizations._lapse(),
            size=100,
        )

    def _lapse(self):
        """Let those lapse that nobody has answered meanwhile, and tell the agents."""
        now = fields.Datetime.now()
        for authorization in self:
            if authorization.state == "sent" and authorization.expires_at <= now:
                authorization.state = "lapsed"
                authorization.deliverable_id._follow_authorization(authorization)
                authorization._tell_agent()
