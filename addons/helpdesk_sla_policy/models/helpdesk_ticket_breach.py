from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .helpdesk_sla_timer import OPEN_STATES

#: The promises whose breach is explained when a ticket is closed.
EXPLAINED = ("response", "solution")


class HelpdeskTicket(models.Model):
    """Why a ticket was late, asked for when it is closed."""

    _inherit = "helpdesk.ticket"

    breach_reason_id = fields.Many2one(
        "helpdesk.sla.breach.reason",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        tracking=True,
        help="Why the response or the solution was late.",
    )
    is_breached = fields.Boolean(
        string="Breached",
        compute="_compute_is_breached",
        search="_search_is_breached",
        help="The response or the solution was late, or is late now.",
    )

    @api.depends("timer_ids.state", "timer_ids.breach_at")
    def _compute_is_breached(self):
        for ticket in self:
            ticket.is_breached = bool(ticket._get_breached_timers())

    def _search_is_breached(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = Domain("state", "in", OPEN_STATES) & Domain("breach_at", "<", "now")
        return Domain(
            "timer_ids",
            "any",
            Domain("metric", "in", EXPLAINED) & (Domain("state", "=", "missed") | late),
        )

    def _get_breached_timers(self):
        """Return the response and solution timers that are missed, or late now."""
        return self.sudo().timer_ids.filtered(
            lambda timer: (
                timer.metric in EXPLAINED and (timer.state == "missed" or timer.is_late)
            )
        )

    def _record_sla_events(self, changes=None, before=None, **kwargs):
        result = super()._record_sla_events(changes, before, **kwargs)
        if before is not None and not self._is_closed_automatically():
            self.filtered(
                lambda ticket: (
                    ticket.stage_id.closed and not before[ticket.id]["closed"]
                )
            )._check_breach_reason()
        return result

    @api.model
    def _is_closed_automatically(self):
        """Tell whether nobody is there to ask: crons, customers on the portal."""
        return self.env.su or not self.env.user._is_internal()

    def _check_breach_reason(self):
        """Refuse to close a late ticket without a reason, where the policy asks."""
        for ticket in self:
            if ticket.breach_reason_id or not ticket.sla_policy_id.ask_breach_reason:
                continue
            breached = ticket._get_breached_timers()
            if breached:
                labels = dict(
                    breached._fields["metric"]._description_selection(self.env)
                )
                raise UserError(
                    self.env._(
                        "%(ticket)s was late (%(metrics)s): choose why in the field "
                        "Breach Reason, then close it.",
                        ticket=ticket.display_name,
                        metrics=", ".join(
                            labels[metric] for metric in set(breached.mapped("metric"))
                        ),
                    )
                )
