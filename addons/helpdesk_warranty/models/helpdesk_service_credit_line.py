from odoo import api, fields, models

from odoo.addons.helpdesk_sla_policy.models.helpdesk_sla_severity import SEVERITIES


class HelpdeskServiceCreditLine(models.Model):
    """One missed target on a service credit: never on two."""

    _name = "helpdesk.service.credit.line"
    _description = "Missed Target of a Service Credit"
    _order = "breach_at, id"
    _rec_name = "ticket_id"
    _allow_sudo_commands = False

    credit_id = fields.Many2one(
        "helpdesk.service.credit", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="credit_id.company_id", store=True)
    rule_id = fields.Many2one(
        "helpdesk.service.credit.rule",
        required=True,
        index=True,
        ondelete="restrict",
        readonly=True,
    )
    timer_id = fields.Many2one(
        "helpdesk.sla.timer", index="btree_not_null", ondelete="set null", readonly=True
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, index=True, ondelete="restrict", readonly=True
    )
    deliverable_id = fields.Many2one(
        "helpdesk.deliverable",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
    )
    metric = fields.Selection("_selection_metric", required=True, readonly=True)
    cycle = fields.Integer(readonly=True, aggregator=None)
    severity = fields.Selection(SEVERITIES, readonly=True)
    breach_at = fields.Datetime(
        string="Missed At", readonly=True, help="The last moment that was in time."
    )
    percent = fields.Float(string="%", readonly=True)
    amount = fields.Float(readonly=True)

    _timer_uniq = models.UniqueIndex(
        "(ticket_id, metric, cycle, coalesce(deliverable_id, 0))",
        "This missed target is on a credit already.",
    )

    @api.model
    def _selection_metric(self):
        return self.env["helpdesk.service.credit.rule"]._selection_metric()

    @api.model
    def _get_key(self, promise):
        """Return what tells a promise from all others, of a timer or of a line."""
        return (
            promise.ticket_id.id,
            promise.metric,
            promise.cycle,
            promise.deliverable_id.id,
        )

    def _is_missed(self):
        """Tell whether the promise still counts as missed: new facts judge again."""
        timer = self.timer_id
        return timer.state == "missed" or timer.is_late
