from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import is_html_empty

from odoo.addons.helpdesk_sla_policy import clock

from .helpdesk_warranty_term import KINDS

#: The sweep waits this long after a term, so that an answer on its way wins.
GRACE = timedelta(minutes=5)

#: What delivering and answering record; nobody writes it by hand.
RECORDED = {
    "acceptance_deadline",
    "answer",
    "answered_at",
    "answered_by",
    "delivered_at",
    "grounds",
    "previous_id",
    "signature",
    "version",
}


class HelpdeskDeliverable(models.Model):
    """Something delivered on a ticket that the customer accepts or objects to."""

    _name = "helpdesk.deliverable"
    _description = "Deliverable"
    _inherit = ["mail.thread", "mail.activity.mixin", "portal.mixin"]
    _order = "delivered_at desc, id desc"
    _rec_names_search = ["number", "name"]
    _mail_post_access = "read"

    number = fields.Char(default="/", readonly=True, copy=False)
    name = fields.Char(string="Title", required=True)
    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, index=True, ondelete="restrict"
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
    kind = fields.Selection(KINDS, required=True, default="development")
    specification = fields.Html(
        help="What was agreed: the warranty covers what is written here."
    )
    version = fields.Integer(default=1, readonly=True, copy=False, aggregator=None)
    previous_id = fields.Many2one(
        "helpdesk.deliverable",
        string="Corrects",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The rejected version that this one corrects.",
    )
    delivered_at = fields.Datetime(
        string="Delivered", readonly=True, copy=False, tracking=True
    )
    acceptance_deadline = fields.Datetime(
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Without an answer until then the deliverable counts as accepted.",
    )
    answer = fields.Selection(
        [("accepted", "Accepted"), ("tacit", "Tacit"), ("rejected", "Rejected")],
        readonly=True,
        copy=False,
        tracking=True,
    )
    answered_at = fields.Datetime(
        string="Answered",
        readonly=True,
        copy=False,
        help="When it was accepted or rejected; for tacit acceptance, the end of the "
        "term.",
    )
    answered_by = fields.Char(readonly=True, copy=False)
    signature = fields.Binary(readonly=True, copy=False, attachment=True)
    grounds = fields.Text(
        string="Grounds of the Rejection", readonly=True, copy=False, tracking=True
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("delivered", "Delivered"),
            ("accepted", "Accepted"),
            ("tacit", "Tacitly accepted"),
            ("rejected", "Rejected"),
        ],
        compute="_compute_state",
        search="_search_state",
    )

    _pending_idx = models.Index(
        "(acceptance_deadline) WHERE answer IS NULL AND delivered_at IS NOT NULL"
    )

    @api.depends("number", "name", "version")
    def _compute_display_name(self):
        for deliverable in self:
            name = f"{deliverable.number} {deliverable.name or ''}"
            if deliverable.version > 1:
                name = f"{name} v{deliverable.version}"
            deliverable.display_name = name if deliverable.number != "/" else False

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for deliverable in self:
            deliverable.access_url = f"/my/deliverable/{deliverable.id}"
        return result

    @api.depends("delivered_at", "answer", "acceptance_deadline")
    def _compute_state(self):
        now = fields.Datetime.now()
        for deliverable in self:
            deliverable.state = deliverable._get_state_at(now)

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        pending = Domain("delivered_at", "!=", False) & Domain("answer", "=", False)
        late = Domain("acceptance_deadline", "<", "now")
        domains = {
            "draft": Domain("delivered_at", "=", False),
            "delivered": pending & (Domain("acceptance_deadline", "=", False) | ~late),
            "tacit": Domain("answer", "=", "tacit") | (pending & late),
            "accepted": Domain("answer", "=", "accepted"),
            "rejected": Domain("answer", "=", "rejected"),
        }
        return Domain.OR(domains[state] for state in value if state in domains)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_recorded(vals)
            if vals.get("number", "/") == "/":
                sequence = self.env["ir.sequence"]
                vals["number"] = sequence.next_by_code("helpdesk.deliverable") or "/"
        return super().create(vals_list)

    def write(self, vals):
        self._check_not_recorded(vals)
        return super().write(vals)

    def _check_not_recorded(self, vals):
        """Refuse a delivery or an answer that is written instead of given."""
        if not self.env.su and RECORDED & vals.keys():
            raise AccessError(
                self.env._(
                    "Deliveries and answers are recorded when they happen: deliver, "
                    "accept or reject instead of changing what is on record."
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_delivered(self):
        if any(deliverable.delivered_at for deliverable in self):
            raise UserError(
                self.env._("What has been delivered stays on record: it cannot go.")
            )

    # Actions

    def action_deliver(self):
        """Deliver to the customer by mail and portal; the term of silence starts.

        Without an answer until the close of the policy's acceptance term it
        counts as accepted (R-B5). Raises UserError when it was delivered before.
        """
        now = fields.Datetime.now()
        for deliverable in self:
            deliverable.check_access("write")
            if deliverable.delivered_at:
                raise UserError(
                    self.env._("%s has been delivered already.", deliverable.name)
                )
            deadline = deliverable._get_acceptance_deadline(now)
            deliverable.sudo().write(
                {"delivered_at": now, "acceptance_deadline": deadline}
            )
            template = self.env.ref("helpdesk_warranty.mail_template_delivery")
            deliverable.message_post_with_source(
                template,
                subtype_xmlid="mail.mt_comment",
                email_layout_xmlid="mail.mail_notification_light",
            )
            if deadline:
                cron = self.env.ref("helpdesk_warranty.ir_cron_accept_tacitly").sudo()
                cron._trigger(deadline + GRACE)

    def action_accept(self, name=None, signature=None):
        """Record that the customer accepts; ``name`` is who signed."""
        self.ensure_one()
        self._check_answer()
        self._answer(
            answer="accepted",
            answered_by=name or self.env.user.name,
            signature=signature,
        )

    def action_reject(self, grounds):
        """Record that the customer rejects, for written grounds, within the term."""
        self.ensure_one()
        if not (grounds or "").strip() or is_html_empty(grounds):
            raise UserError(
                self.env._("A rejection needs its grounds: write what is wrong.")
            )
        self._check_answer()
        self._answer(
            answer="rejected", answered_by=self.env.user.name, grounds=grounds.strip()
        )

    def action_redeliver(self):
        """Make the next version of a rejected deliverable, to be corrected."""
        self.ensure_one()
        if self.state != "rejected":
            raise UserError(self.env._("Only a rejected version is delivered again."))
        self.check_access("write")
        version = self.sudo().copy(
            {
                "number": self.number,
                "version": self.version + 1,
                "previous_id": self.id,
            }
        )
        return version._get_records_action()

    # Business methods

    def _get_state_at(self, moment):
        """Return the state at a naive UTC moment; silence past the term accepts."""
        self.ensure_one()
        if not self.delivered_at:
            return "draft"
        if self.answer:
            return self.answer
        if self.acceptance_deadline and moment > self.acceptance_deadline:
            return "tacit"
        return "delivered"

    def _get_acceptance_deadline(self, moment):
        """Return the end of the acceptance term as naive UTC, or False (R-B5)."""
        ticket = self.ticket_id.sudo()
        policy = ticket.sla_policy_id
        target = policy._find_target(
            "acceptance", ticket.priority, ticket.type_id.id, False
        )
        if not target.amount or target.unit != "business_day":
            return False
        calendar = policy._get_office_calendar()._get_support_clock(self.company_id)
        at = clock.to_instant(moment)
        return clock.to_datetime(calendar.business_day_close(at, int(target.amount)))

    def _check_answer(self):
        """Raise unless this user may answer and the term is open."""
        self.lock_for_update()
        state = self.state
        if state != "delivered":
            raise UserError(self._explain_closed(state))
        user = self.env.user
        if user._is_internal():
            self.check_access("write")
        elif not self._may_answer(user.partner_id):
            raise AccessError(
                self.env._(
                    "You are not on the contract as a contact who accepts "
                    "deliverables: ask the service owner of your company."
                )
            )

    def _explain_closed(self, state):
        if state == "tacit":
            return self.env._(
                "The term ended on %s without an answer: the deliverable counts as "
                "accepted. Open a new ticket for your objection.",
                self._format_local(self.acceptance_deadline),
            )
        if state == "draft":
            return self.env._("This has not been delivered yet.")
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

    def _answer(self, **values):
        now = fields.Datetime.now()
        self.sudo().write({"answered_at": now, **values})
        body = (
            self.env._("Accepted by %s.", values["answered_by"])
            if values["answer"] == "accepted"
            else self.env._(
                "Rejected by %(name)s: %(grounds)s",
                name=values["answered_by"],
                grounds=values["grounds"],
            )
        )
        self.sudo().message_post(
            body=body,
            author_id=self.env.user.partner_id.id,
            subtype_xmlid="mail.mt_note",
        )

    @api.model
    def _cron_accept_tacitly(self):
        """Record tacit acceptance for every term that ended, at its own end (R-B5)."""
        domain = [
            ("answer", "=", False),
            ("delivered_at", "!=", False),
            ("acceptance_deadline", "<=", fields.Datetime.now() - GRACE),
        ]
        remaining = self.search_count(domain)
        self.env["ir.cron"]._commit_progress(remaining=remaining)
        while batch := self.search(domain, limit=100, order="acceptance_deadline"):
            locked = batch.try_lock_for_update()
            if not locked:
                break
            for deliverable in locked.filtered(lambda d: not d.answer):
                deliverable._accept_tacitly()
            if not self.env["ir.cron"]._commit_progress(len(locked)):
                break

    def _accept_tacitly(self):
        self.write({"answer": "tacit", "answered_at": self.acceptance_deadline})
        self.message_post(
            body=self.env._(
                "Tacitly accepted: no answer came in the term from %(start)s to "
                "%(end)s.",
                start=self._format_local(self.delivered_at),
                end=self._format_local(self.acceptance_deadline),
            ),
            subtype_xmlid="mail.mt_note",
        )

    def _get_tz(self):
        return self.ticket_id.sudo()._get_customer_tz()

    def _to_local_date(self, moment):
        """Return the date of a naive UTC moment in the customer's zone."""
        text = clock.local(clock.to_instant(moment), self._get_tz())
        return fields.Date.to_date(text[:10])

    def _format_local(self, moment):
        """Return a naive UTC moment as text in the customer's zone."""
        return clock.local(clock.to_instant(moment), self._get_tz())[:16]
