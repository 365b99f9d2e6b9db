from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.helpdesk_sla_policy import clock


class AccountAnalyticLine(models.Model):
    _inherit = "account.analytic.line"

    is_running = fields.Boolean(
        readonly=True,
        copy=False,
        help="The timer of this line runs; it is not invoiced before it stops.",
    )

    _one_timer = models.UniqueIndex(
        "(employee_id) WHERE is_running",
        "You have a timer running already: stop that one first.",
    )

    @api.constrains("is_running", "ticket_id")
    def _check_running_ticket(self):
        if any(line.is_running and not line.ticket_id for line in self):
            raise UserError(self.env._("A timer runs on a ticket: choose one."))

    def action_stop_timer(self):
        """Stop these timers; a started minute counts."""
        for line in self.filtered("is_running"):
            now = clock.to_instant(fields.Datetime.now())
            seconds = max(now - clock.to_instant(line.started_at), 0)
            minutes = max(-(-seconds // 60), 1)
            line.write({"is_running": False, "unit_amount": minutes / 60})
        return True

    @api.model
    def _get_my_timer_domain(self):
        """Return the domain of the timer of the current user."""
        return [("is_running", "=", True), ("user_id", "=", self.env.uid)]
