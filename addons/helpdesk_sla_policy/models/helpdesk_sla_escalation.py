from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from .helpdesk_sla_severity import SEVERITIES
from .helpdesk_support_level import LEVELS

#: How long after its moment an escalation is still in time, in seconds (R-E4).
GRACE = 60
#: The only columns that change: the judgement of an agent.
JUDGEMENT = {
    "is_improper",
    "improper_kind",
    "improper_reason",
    "improper_user_id",
    "improper_at",
}


class HelpdeskSlaEscalation(models.Model):
    """The log of escalations: one row for each, only ever added."""

    _name = "helpdesk.sla.escalation"
    _description = "Escalation"
    _order = "at desc, id desc"
    _rec_name = "ticket_id"
    _allow_sudo_commands = False

    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one("res.company", index=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
    )
    team_id = fields.Many2one(
        "helpdesk.ticket.team",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
    )
    severity = fields.Selection(
        SEVERITIES, readonly=True, help="The severity of the ticket at that moment."
    )
    level_from = fields.Selection(LEVELS, string="From", required=True, readonly=True)
    level_to = fields.Selection(LEVELS, string="To", required=True, readonly=True)
    direction = fields.Selection(
        [("up", "Raised"), ("same", "Reminded"), ("down", "Undone")],
        compute="_compute_direction",
        store=True,
    )
    origin = fields.Selection(
        [
            ("step", "Policy"),
            ("agent", "Agent"),
            ("customer", "Customer"),
            ("emergency", "Emergency"),
        ],
        required=True,
        readonly=True,
        help="What asked for it: a step of the policy, an agent, the customer, or an "
        "emergency, which goes to operations.",
    )
    at = fields.Datetime(string="Date", required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", string="By", ondelete="set null", readonly=True
    )
    requested_by_id = fields.Many2one(
        "res.partner",
        string="Asked For By",
        ondelete="set null",
        readonly=True,
        help="The customer's contact who asked for it.",
    )
    reason = fields.Text(readonly=True)
    step_id = fields.Many2one(
        "helpdesk.sla.step",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        help="The step of the policy that did it.",
    )
    due_at = fields.Datetime(
        string="Due",
        readonly=True,
        help="When the policy wanted the ticket to be at this level.",
    )
    is_late = fields.Boolean(
        string="Late",
        readonly=True,
        help="More than a minute after the policy wanted it.",
    )
    elapsed_seconds = fields.Integer(
        readonly=True, help="Attention time since the first response.", aggregator="avg"
    )
    elapsed_hours = fields.Float(
        string="After",
        compute="_compute_elapsed_hours",
        help="Attention time since the first response.",
    )
    previous_agent_id = fields.Many2one(
        "res.users", ondelete="set null", readonly=True, help="Who had the ticket."
    )
    agent_id = fields.Many2one(
        "res.users",
        ondelete="set null",
        readonly=True,
        help="Who has the ticket since.",
    )
    told = fields.Char(readonly=True, help="Who was told, or why nobody was.")
    is_questionable = fields.Boolean(
        string="To Judge",
        readonly=True,
        help="The customer skipped a level, or called an emergency on a ticket of less "
        "than 3 stars.",
    )
    is_improper = fields.Boolean(
        string="Improper", readonly=True, help="As an agent judged it."
    )
    improper_kind = fields.Selection(
        [
            ("skipped", "A level was skipped"),
            ("emergency", "An emergency on less than 3 stars"),
            ("outside", "A matter outside the policy"),
        ],
        readonly=True,
    )
    improper_reason = fields.Char(readonly=True)
    improper_user_id = fields.Many2one(
        "res.users", string="Judged By", ondelete="set null", readonly=True
    )
    improper_at = fields.Datetime(string="Judged", readonly=True)

    _ticket_at_idx = models.Index("(ticket_id, at, id)")

    @api.depends("level_from", "level_to")
    def _compute_direction(self):
        for row in self:
            row.direction = (
                "up"
                if row.level_to > row.level_from
                else "down"
                if row.level_to < row.level_from
                else "same"
            )

    @api.depends("elapsed_seconds")
    def _compute_elapsed_hours(self):
        for row in self:
            row.elapsed_hours = row.elapsed_seconds / 3600

    @api.depends("ticket_id.number", "level_to", "origin")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.ticket_id.number} {row._describe()}"

    def write(self, vals):
        if vals.keys() - JUDGEMENT:
            raise UserError(
                self.env._("The log of escalations is only added to, never changed.")
            )
        return super().write(vals)

    # The judgement (R-A12)

    def action_judge(self):
        """Open the question why this escalation is improper."""
        self.ensure_one()
        self._check_judge()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Improper Escalation"),
            "res_model": "helpdesk.sla.escalation.judge",
            "view_mode": "form",
            "target": "new",
            "context": {"default_escalation_id": self.id},
        }

    def action_unjudge(self):
        """Take the mark of an improper escalation back."""
        for row in self:
            row._check_judge()
            if not row.is_improper:
                raise UserError(self.env._("This escalation is not marked improper."))
            row._set_judgement(False, False, False)

    def _mark_improper(self, kind, reason):
        """Mark an escalation that the customer asked for as improper (R-A12)."""
        self.ensure_one()
        self._check_judge()
        if not self.requested_by_id:
            raise UserError(
                self.env._(
                    "Only an escalation that the customer asked for can be improper: "
                    "this one came from the %s.",
                    dict(self._fields["origin"]._description_selection(self.env))[
                        self.origin
                    ].lower(),
                )
            )
        if self.is_improper:
            raise UserError(self.env._("This escalation is marked improper already."))
        if not (reason or "").strip():
            raise UserError(
                self.env._(
                    "Write why it is improper: the customer is charged an hour for it."
                )
            )
        self._set_judgement(True, kind, reason.strip())

    def _check_judge(self):
        """Raise AccessError unless the user works on the ticket; addons add to it."""
        self.check_access("read")
        self.ticket_id.check_access("write")

    def _set_judgement(self, is_improper, kind, reason):
        self.sudo().write(
            {
                "is_improper": is_improper,
                "improper_kind": kind,
                "improper_reason": reason,
                "improper_user_id": self.env.uid if is_improper else False,
                "improper_at": fields.Datetime.now() if is_improper else False,
            }
        )
        kinds = dict(self._fields["improper_kind"]._description_selection(self.env))
        self.ticket_id.message_post(
            body=self.env._(
                "Improper escalation (%(what)s): %(kind)s. %(reason)s",
                what=self._describe(),
                kind=kinds.get(kind),
                reason=reason,
            )
            if is_improper
            else self.env._("No longer an improper escalation: %s", self._describe()),
            subtype_xmlid="mail.mt_note",
        )

    # In words and for others

    def _describe(self):
        """Return in words where a ticket went."""
        if self.origin == "emergency":
            return self.env._("Emergency, to operations")
        if self.direction == "same":
            return self.env._("Level %s reminded", self.level_to)
        return self.env._(
            "Level %(before)s → %(after)s", before=self.level_from, after=self.level_to
        )

    def _get_level(self):
        """Return the support level of the team to which the ticket went."""
        return self.sudo().team_id._get_level(self.level_to)

    def _get_role(self):
        """Return how customers call whom the ticket went to."""
        if self.origin == "emergency":
            return self._get_operations_role()
        labels = dict(self._fields["level_to"]._description_selection(self.env))
        role = self.ticket_id.sudo()._get_level_contact(self.level_to)["role"]
        label = labels[self.level_to]
        return f"{label} ({role})" if role else label

    @api.model
    def _get_operations_role(self):
        return self.env._("Operations")

    def _format_at(self):
        """Return when it was, in the customer's zone."""
        tz = self.ticket_id.sudo()._get_customer_tz()
        options = {"tz_name": tz, "hide_seconds": True}
        at = self.env["ir.qweb.field.datetime"].value_to_html(self.at, options)
        return f"{at} ({tz})"

    @api.model
    def _is_late_at(self, at, due_at):
        return bool(due_at) and at > due_at + timedelta(seconds=GRACE)
