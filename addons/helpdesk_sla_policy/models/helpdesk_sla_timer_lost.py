from odoo import api, fields, models

from .. import clock
from .helpdesk_sla_escalation import GRACE
from .helpdesk_sla_timer import OPEN_STATES


class HelpdeskSlaTimer(models.Model):
    """Steps that were due long before a ticket was solved, but no sweep came by.

    They are kept as alerts that told nobody, so that an escalation which did not
    happen is missed (R-E4), whatever the reason.
    """

    _inherit = "helpdesk.sla.timer"

    @api.model
    def _get_lost_steps(self, old, values, timer, rulebook, fired):
        """Return the alerts of a clock.Timer that stops now with steps overdue."""
        if not old or old["state"] not in OPEN_STATES or timer.state != "stopped":
            return []
        plain = rulebook.get_steps(
            values["policy_id"],
            values["metric"],
            values["severity"],
            values["calendar_id"],
        )
        return [
            {
                "timer_id": old["id"],
                "step_id": step.id,
                "ticket_id": values["ticket_id"],
                "company_id": values["company_id"],
                "due_at": clock.to_datetime(due),
            }
            for step in plain
            if step.basis == "elapsed" and step.id not in fired
            for due in [timer.reach(step.seconds)]
            if due and step.active_from <= due < timer.stopped_at - GRACE
        ]

    @api.model
    def _record_lost_steps(self, rows):
        """Keep steps that never fired as alerts."""
        if not rows:
            return
        self.env["helpdesk.sla.alert"].sudo().create(
            [
                {
                    **row,
                    "fired_at": fields.Datetime.now(),
                    "failed": True,
                    "result": self.env._("Too late, it was solved: nobody was told"),
                }
                for row in rows
            ]
        )
