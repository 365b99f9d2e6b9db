from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.helpdesk_sla_policy.recorded import blank

#: What sending and answering record; nobody writes it by hand.
RECORDED = {
    "answered_at",
    "answered_by",
    "answered_channel",
    "answered_from",
    "answered_partner_id",
    "contract_id",
    "currency_id",
    "line_ids",
    "name",
    "proof_ids",
    "recorded_by_id",
    "reminded_at",
    "reminder_count",
    "sent_at",
    "signature",
    "state",
}


class HelpdeskHoursApproval(models.Model):
    """Executed hours that a contact approves before they are invoiced (R-B4).

    Silence never approves them: what is not answered is not invoiced.
    """

    _name = "helpdesk.hours.approval"
    _description = "Approval of Executed Hours"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "portal.mixin",
        "helpdesk.hours.mail.mixin",
    ]
    _order = "id desc"
    _mail_post_access = "read"

    name = fields.Char(string="Number", default="/", readonly=True, copy=False)
    contract_id = fields.Many2one(
        "helpdesk.support.contract",
        required=True,
        index=True,
        ondelete="restrict",
        readonly=True,
    )
    company_id = fields.Many2one(
        related="contract_id.company_id", store=True, index=True, precompute=True
    )
    partner_id = fields.Many2one(
        related="contract_id.partner_id",
        string="Customer",
        store=True,
        index=True,
        precompute=True,
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    line_ids = fields.One2many(
        "helpdesk.hours.approval.line", "approval_id", string="Hours", readonly=True
    )
    date_from = fields.Date(
        string="From", compute="_compute_totals", store=True, precompute=False
    )
    date_to = fields.Date(string="To", compute="_compute_totals", store=True)
    hours = fields.Float(
        string="Accounted Hours", compute="_compute_totals", store=True
    )
    amount = fields.Monetary(
        compute="_compute_totals", store=True, help="Before taxes."
    )
    dispute_count = fields.Integer(
        string="Lines Disputed", compute="_compute_dispute_count"
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("sent", "Sent"),
            ("approved", "Approved"),
            ("disputed", "Disputed"),
            ("withdrawn", "Withdrawn"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
        help="Approved: all lines that were not disputed. Disputed: all of them were.",
    )
    sent_at = fields.Datetime(string="Sent", readonly=True, copy=False)
    reminded_at = fields.Datetime(string="Reminded", readonly=True, copy=False)
    reminder_count = fields.Integer(string="Reminders", readonly=True, copy=False)
    answered_at = fields.Datetime(string="Answered", readonly=True, copy=False)
    answered_by = fields.Char(readonly=True, copy=False)
    answered_from = fields.Char(
        string="Address", readonly=True, copy=False, help="The IP address it came from."
    )
    signature = fields.Binary(readonly=True, copy=False, attachment=True)

    _waiting_idx = models.Index("(sent_at) WHERE state = 'sent'")

    @api.depends("line_ids.work_date", "line_ids.minutes", "line_ids.amount")
    def _compute_totals(self):
        for approval in self:
            lines = approval.line_ids
            dates = lines.mapped("work_date")
            approval.date_from = min(dates, default=False)
            approval.date_to = max(dates, default=False)
            approval.hours = sum(lines.mapped("minutes")) / 60
            approval.amount = sum(lines.mapped("amount"))

    @api.depends("line_ids.state")
    def _compute_dispute_count(self):
        for approval in self:
            lines = approval.line_ids
            approval.dispute_count = len(lines.filtered(lambda ln: ln.dispute_id))

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for approval in self:
            approval.access_url = f"/my/hours-approval/{approval.id}"
        return result

    @api.model_create_multi
    def create(self, vals_list):
        self._check_not_recorded(*vals_list)
        vals_list = [blank(self, vals, RECORDED) for vals in vals_list]
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                vals["name"] = self.env["ir.sequence"].next_by_code(self._name) or "/"
        return super().create(vals_list)

    def write(self, vals):
        self._check_not_recorded(vals)
        return super().write(vals)

    def _check_not_recorded(self, *vals_list):
        """Refuse an approval that is written instead of given."""
        if not self.env.su and any(RECORDED & vals.keys() for vals in vals_list):
            raise AccessError(
                self.env._(
                    "Hours are approved by the customer's answer only: ask for it with "
                    "Ask for Approval of Hours."
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        if any(approval.state != "draft" for approval in self):
            raise UserError(
                self.env._("Only a draft can be deleted: withdraw this one instead.")
            )

    # What is asked for

    @api.model
    def _make(self, shares):
        """Make a draft for each contract and currency of shares that need approval.

        Hours that wait for an answer already, or are held for another reason, are
        left out. Raises UserError when nothing is left.
        """
        needed = shares.filtered(
            lambda share: not share.settled and share._get_hold() == "not_approved"
        )
        needed.ticket_id.hours_approval_line_ids._drop_outdated()
        self.env.flush_all()
        waiting = set(
            needed.ticket_id.hours_approval_line_ids.filtered(
                lambda line: line.state == "waiting"
            ).mapped("key")
        )
        by_key = needed.grouped(lambda share: share._get_approval_key())
        new = [(key, same) for key, same in by_key.items() if key not in waiting]
        if not new:
            raise UserError(
                self.env._(
                    "No hours need to be approved: either the policy does not ask for "
                    "it, or the customer has been asked, or they wait for something "
                    "else first."
                )
            )
        groups = {}
        for key, same in new:
            owner = (same.contract_id, same._get_currency())
            groups.setdefault(owner, []).append((key, same))
        approvals = self.sudo().create(
            [
                {"contract_id": contract.id, "currency_id": currency.id}
                for contract, currency in groups
            ]
        )
        lines = []
        for approval, found in zip(approvals, groups.values(), strict=True):
            for key, same in found:
                hides = same.ticket_id.sla_policy_id.hides_agents
                vals = same._prepare_approval_line(key, hides)
                lines.append({**vals, "approval_id": approval.id})
        self.env["helpdesk.hours.approval.line"].sudo().create(lines)
        return approvals.sudo(self.env.su)

    def action_send(self):
        """Ask the contacts with the role Hours by mail and on the portal."""
        for approval in self:
            approval.check_access("write")
            if approval.state != "draft":
                raise UserError(self.env._("%s has been sent already.", approval.name))
            approval.sudo()._send()

    def _send(self):
        self.line_ids._drop_outdated()
        if not self.line_ids.filtered(lambda line: line.state == "waiting"):
            raise UserError(
                self.env._(
                    "%s: these hours were changed since. Delete it and ask again.",
                    self.name,
                )
            )
        partners = self._find_approvers()
        self.write({"state": "sent", "sent_at": fields.Datetime.now()})
        self._write_mails(
            "helpdesk_billing_hours.mail_template_hours_approval", partners, self
        )

    def action_withdraw(self):
        """Take back what waits for the customer's answer."""
        for approval in self:
            approval.check_access("write")
            approval._lock_to_answer()
            approval.sudo().state = "withdrawn"
            approval.sudo()._close("dropped")

    def _get_approvers(self):
        """Return the contacts of the contract who may approve hours, with e-mail."""
        contacts = self.contract_id.sudo().contact_ids.filtered("role_hours")
        return contacts.partner_id.filtered(
            lambda partner: partner.active and partner.email
        ).filtered(self._may_answer)

    def _find_approvers(self):
        """Return the contacts who may approve; raise UserError when nobody can."""
        partners = self._get_approvers()
        if not partners:
            raise UserError(
                self.env._(
                    "Nobody of %(customer)s can approve hours: give a contact with an "
                    "e-mail address the role Hours on the contract %(contract)s.",
                    customer=self.partner_id.name,
                    contract=self.contract_id.name,
                )
            )
        return partners

    def _may_answer(self, partner):
        """Tell whether a contact may approve these hours (R-B4)."""
        contract = self.sudo().contract_id
        return partner.commercial_partner_id == contract.partner_id and (
            contract._has_role(partner, "hours")
        )

    def _lock_to_answer(self):
        """Wait for whoever answers at the same time; raise unless it is open."""
        self.ensure_one()
        self.sudo().lock_for_update()
        if self.sudo().state != "sent":
            raise UserError(self.env._("This has been answered already."))

    def _close(self, state):
        """Close what is still waiting; nobody is asked about it any more."""
        waiting = self.line_ids.filtered(lambda line: line.state == "waiting")
        waiting.state = state
        self.activity_ids.unlink()
