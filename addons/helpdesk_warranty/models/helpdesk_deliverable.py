from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.helpdesk_sla_policy import clock
from odoo.addons.helpdesk_sla_policy.recorded import blank

from .helpdesk_warranty_term import KINDS

#: What delivering and answering record; nobody writes it by hand.
RECORDED = {
    "acceptance_deadline",
    "answer",
    "answered_at",
    "answered_by",
    "answered_from",
    "answered_partner_id",
    "answered_with",
    "delivered_at",
    "grounds",
    "notice_due",
    "notice_failed",
    "noticed_at",
    "number",
    "previous_id",
    "remarks",
    "replied_at",
    "signature",
    "silence_accepts",
    "version",
}
#: What the customer was shown: it stays as it was delivered.
FROZEN = {"attachment_ids", "kind", "name", "specification", "ticket_id"}


class HelpdeskDeliverable(models.Model):
    """Something delivered on a ticket that the customer accepts or objects to."""

    _name = "helpdesk.deliverable"
    _description = "Deliverable"
    _inherit = ["mail.thread", "mail.activity.mixin", "portal.mixin"]
    _order = "delivered_at desc, id desc"
    _rec_names_search = ["number", "name"]
    _mail_post_access = "read"

    number = fields.Char(default="/", readonly=True, copy=False, index=True)
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
    kind = fields.Selection(
        KINDS,
        required=True,
        default="development",
        help="The policy says by kind whether it is accepted, in how many days, and "
        "how long the warranty lasts.",
    )
    specification = fields.Html(
        help="What was agreed: the warranty covers what is written here."
    )
    attachment_ids = fields.Many2many(
        "ir.attachment",
        "helpdesk_deliverable_attachment_rel",
        "deliverable_id",
        "attachment_id",
        string="Files",
        ondelete="restrict",
        bypass_search_access=True,
        help="Goes with the mail and is shown on the portal.",
    )
    version = fields.Integer(default=1, readonly=True, copy=False, aggregator=None)
    previous_id = fields.Many2one(
        "helpdesk.deliverable",
        string="Corrects",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The version that this one takes the place of.",
    )
    next_ids = fields.One2many("helpdesk.deliverable", "previous_id")
    delivered_at = fields.Datetime(
        string="Delivered", readonly=True, copy=False, tracking=True
    )
    acceptance_deadline = fields.Datetime(
        readonly=True,
        copy=False,
        help="The end of the term in which the customer answers.",
    )
    silence_accepts = fields.Boolean(
        readonly=True,
        copy=False,
        help="Without an answer until the end of the term it counts as accepted. Kept "
        "as the customer was told.",
    )
    answer = fields.Selection(
        [
            ("accepted", "Accepted"),
            ("tacit", "Tacit"),
            ("rejected", "Rejected"),
            ("withdrawn", "Withdrawn"),
        ],
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
    answered_partner_id = fields.Many2one(
        "res.partner", string="Contact", readonly=True, copy=False, ondelete="restrict"
    )
    answered_from = fields.Char(
        string="Address", readonly=True, copy=False, help="The IP address it came from."
    )
    answered_with = fields.Char(
        string="Browser", readonly=True, copy=False, help="What the browser says it is."
    )
    signature = fields.Binary(readonly=True, copy=False, attachment=True)
    remarks = fields.Text(readonly=True, copy=False)
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
            ("withdrawn", "Withdrawn"),
        ],
        compute="_compute_state",
        search="_search_state",
    )
    timer_ids = fields.One2many(
        "helpdesk.sla.timer", "deliverable_id", string="Terms", copy=False
    )
    event_ids = fields.One2many(
        "helpdesk.deliverable.event", "deliverable_id", string="History", copy=False
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

    @api.depends(
        "delivered_at",
        "answer",
        "acceptance_deadline",
        "silence_accepts",
        "noticed_at",
        "replied_at",
    )
    def _compute_state(self):
        now = fields.Datetime.now()
        for deliverable in self:
            deliverable.state = deliverable._get_state_at(now)

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        pending = Domain("delivered_at", "!=", False) & Domain("answer", "=", False)
        silent = (
            Domain("acceptance_deadline", "<", "now")
            & Domain("silence_accepts", "=", True)
            & Domain("noticed_at", "!=", False)
            & Domain("replied_at", "=", False)
        )
        domains = {
            "draft": Domain("delivered_at", "=", False),
            "delivered": pending & ~silent,
            "tacit": Domain("answer", "=", "tacit") | (pending & silent),
            "accepted": Domain("answer", "=", "accepted"),
            "rejected": Domain("answer", "=", "rejected"),
            "withdrawn": Domain("answer", "=", "withdrawn"),
        }
        return Domain.OR(domains[state] for state in value if state in domains)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_recorded(vals)
        vals_list = [blank(self, vals, RECORDED) for vals in vals_list]
        for vals in vals_list:
            if vals.get("number", "/") == "/":
                sequence = self.env["ir.sequence"]
                vals["number"] = sequence.next_by_code("helpdesk.deliverable") or "/"
        deliverables = super().create(vals_list)
        deliverables._own_attachments()
        return deliverables

    def write(self, vals):
        self._check_not_recorded(vals)
        if FROZEN & vals.keys() and any(self.mapped("delivered_at")):
            raise UserError(
                self.env._(
                    "What the customer was shown stays as it was delivered: a "
                    "rejected deliverable is changed in its next version."
                )
            )
        result = super().write(vals)
        if "attachment_ids" in vals:
            self._own_attachments()
        return result

    def _own_attachments(self):
        """Let whoever may read the deliverable read its files."""
        for deliverable in self.filtered("attachment_ids"):
            files = deliverable.attachment_ids.sudo().filtered(
                lambda file: not file.res_id
            )
            files.write({"res_model": self._name, "res_id": deliverable.id})

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

    def _get_state_at(self, moment):
        """Return the state at a naive UTC moment; silence past the term accepts."""
        self.ensure_one()
        if not self.delivered_at:
            return "draft"
        if self.answer:
            return self.answer
        if self._is_silent_at(moment):
            return "tacit"
        return "delivered"

    def _is_silent_at(self, moment):
        """Tell whether the term is over, was announced, and silence accepts (R-B5)."""
        return bool(
            self.silence_accepts
            and self.noticed_at
            and not self.replied_at
            and self.acceptance_deadline
            and moment > self.acceptance_deadline
        )

    def _get_tz(self):
        return self.ticket_id.sudo()._get_customer_tz()

    def _to_local_date(self, moment):
        """Return the date of a naive UTC moment in the customer's zone."""
        text = clock.local(clock.to_instant(moment), self._get_tz())
        return fields.Date.to_date(text[:10])

    def _format_local(self, moment):
        """Return a naive UTC moment as text in the customer's zone."""
        options = {"tz_name": self._get_tz(), "hide_seconds": True}
        return self.env["ir.qweb.field.datetime"].value_to_html(moment, options)
