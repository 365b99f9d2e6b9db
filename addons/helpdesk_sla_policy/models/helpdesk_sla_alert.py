from odoo import fields, models


class HelpdeskSlaAlert(models.Model):
    """A step that has fired: once a timer, whatever happens."""

    _name = "helpdesk.sla.alert"
    _description = "SLA Alert"
    _order = "fired_at desc, id desc"
    _rec_name = "step_id"
    _allow_sudo_commands = False

    timer_id = fields.Many2one(
        "helpdesk.sla.timer",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    step_id = fields.Many2one(
        "helpdesk.sla.step",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one("res.company", index=True, readonly=True)
    due_at = fields.Datetime(required=True, readonly=True, help="When it was due.")
    fired_at = fields.Datetime(required=True, readonly=True)
    result = fields.Char(readonly=True, help="Who was told, or what was done.")
    failed = fields.Boolean(
        readonly=True, help="The action could not be done: see the server's log."
    )

    _once = models.Constraint(
        "UNIQUE (timer_id, step_id)", "This step has fired on this timer already."
    )

    def _is_late(self):
        """Tell whether it fired noticeably later than it was due."""
        return (self.fired_at - self.due_at).total_seconds() > 120
