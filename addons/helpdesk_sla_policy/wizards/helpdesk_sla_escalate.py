from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.helpdesk_support_level import LEVELS


class HelpdeskSlaEscalate(models.TransientModel):
    """To which support level a ticket goes, up or back, and why."""

    _name = "helpdesk.sla.escalate"
    _description = "Escalate a Ticket"

    ticket_id = fields.Many2one("helpdesk.ticket", required=True, ondelete="cascade")
    level_from = fields.Selection(related="ticket_id.support_level", string="Now At")
    level = fields.Selection(LEVELS, required=True)
    is_emergency = fields.Boolean(
        string="Emergency",
        help="It goes to operations, whatever the plan or the level.",
    )
    by_customer = fields.Boolean(
        string="The Customer Asked for It",
        help="By telephone or message. An improper escalation of the customer is "
        "charged.",
    )
    requested_by_id = fields.Many2one(
        "res.partner",
        string="Asked For By",
        compute="_compute_requested_by_id",
        store=True,
        readonly=False,
    )
    reason = fields.Text(required=True)
    is_lower = fields.Boolean(compute="_compute_preview")
    preview = fields.Char(string="Will Be Told", compute="_compute_preview")

    @api.depends("ticket_id", "by_customer")
    def _compute_requested_by_id(self):
        for wizard in self:
            wizard.requested_by_id = wizard.by_customer and wizard.ticket_id.partner_id

    @api.depends("ticket_id", "level", "is_emergency")
    def _compute_preview(self):
        for wizard in self:
            level, before = wizard._get_level(), wizard.ticket_id.support_level
            wizard.is_lower = bool(level) and level < before
            wizard.preview = (
                bool(level)
                and (
                    wizard.ticket_id.sudo()._get_escalation_users(
                        before, level, wizard._get_origin(), {}
                    )[1]
                )
            )

    def _get_level(self):
        """Return the level that the ticket goes to: the highest in an emergency."""
        return "3" if self.is_emergency else self.level

    def _get_origin(self):
        if self.is_emergency:
            return "emergency"
        return "customer" if self.by_customer else "agent"

    def action_confirm(self):
        """Escalate, or undo it; refuse what changes nothing or has no reason."""
        self.ensure_one()
        ticket, level = self.ticket_id, self._get_level()
        ticket.check_access("write")
        ticket._check_escalation_open()
        if not self.reason.strip():
            raise UserError(
                self.env._("Write why: who takes over, and the customer, rely on it.")
            )
        if self.by_customer and not self.requested_by_id:
            raise UserError(self.env._("Say which contact of the customer asked."))
        if (
            level == ticket.support_level
            and not self.is_emergency
            and not self.by_customer
        ):
            raise UserError(
                self.env._(
                    "%(ticket)s is at level %(level)s already: choose another level.",
                    ticket=ticket.display_name,
                    level=level,
                )
            )
        if self.by_customer and level < ticket.support_level:
            raise UserError(
                self.env._(
                    "%(ticket)s is at level %(level)s: a customer asks for that level "
                    "or a higher one.",
                    ticket=ticket.display_name,
                    level=ticket.support_level,
                )
            )
        ticket._escalate(
            level,
            self._get_origin(),
            self.reason.strip(),
            partner=self.requested_by_id if self.by_customer else None,
        )
        return {"type": "ir.actions.act_window_close"}
