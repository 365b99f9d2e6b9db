from odoo import api, fields, models

from .helpdesk_sla_severity import SEVERITIES
from .helpdesk_sla_target import ENVIRONMENTS
from .helpdesk_ticket_stage import EFFECTS


class HelpdeskSlaEvent(models.Model):
    """The ledger of a ticket: one row per moment at which its facts changed.

    Rows are only ever added, by the system. Every deadline and verdict is
    computed from them and can be computed again with the same result.
    """

    _name = "helpdesk.sla.event"
    _description = "SLA Ledger Entry"
    _order = "at, id"
    _rec_name = "ticket_id"
    _allow_sudo_commands = False
    _log_access = False  # each row says who and when

    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one("res.company", readonly=True)
    at = fields.Datetime(
        required=True, readonly=True, help="When it happened. Deadlines count from it."
    )
    recorded_at = fields.Datetime(
        required=True, readonly=True, help="When the system was told."
    )
    user_id = fields.Many2one("res.users", ondelete="set null", readonly=True)
    changes = fields.Char(readonly=True, help="The facts that changed at this moment.")
    changes_text = fields.Char(
        string="What Happened",
        compute="_compute_changes_text",
        help="The facts that changed at this moment.",
    )
    stage_id = fields.Many2one(
        "helpdesk.ticket.stage", ondelete="set null", readonly=True
    )
    stage_name = fields.Char(
        translate=False, readonly=True, help="The stage's name at that time."
    )
    response_effect = fields.Selection(EFFECTS, required=True, readonly=True)
    solution_effect = fields.Selection(EFFECTS, required=True, readonly=True)
    severity = fields.Selection(SEVERITIES, readonly=True)
    type_id = fields.Many2one(
        "helpdesk.ticket.type", ondelete="set null", readonly=True
    )
    environment = fields.Selection(ENVIRONMENTS, readonly=True)
    policy_id = fields.Many2one(
        "helpdesk.sla.policy",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
        help="The attention hours in force from this moment on.",
    )
    reply = fields.Selection(
        [("team", "By the support team"), ("customer", "By the customer")],
        string="Public Reply",
        readonly=True,
    )
    development = fields.Boolean(readonly=True)
    diagnosed = fields.Boolean(readonly=True)
    estimated = fields.Boolean(readonly=True)
    closed = fields.Boolean(readonly=True)
    verdicts = fields.Char(
        readonly=True, help="Promises that were decided, or judged again, by this."
    )
    note = fields.Char(readonly=True)

    _ticket_at_idx = models.Index("(ticket_id, at, id)")

    @api.depends("changes", "reply")
    @api.depends_context("lang")
    def _compute_changes_text(self):
        labels = {
            name: field["string"] for name, field in self.fields_get().items()
        } | {
            "created": self.env._("Created"),
            "history": self.env._("From its history"),
            "adopted": self.env._("Adopted"),
            "released": self.env._("Released"),
        }
        for event in self:
            names = (event.changes or "").split(",")
            if "stage_id" in names:  # the stage says what its clocks do
                names = [name for name in names if not name.endswith("_effect")]
            if event.reply and "reply" not in names:
                names.append("reply")
            words = [labels[name] for name in names if name in labels]
            event.changes_text = ", ".join(words)
