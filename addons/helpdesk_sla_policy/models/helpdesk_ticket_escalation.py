from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .. import clock, steps
from ..rulebook import Rulebook

ACTIVITY = "helpdesk_sla_policy.mail_activity_type_escalation"


class HelpdeskTicket(models.Model):
    """How a ticket goes from one support level to another: never without a trace."""

    _inherit = "helpdesk.ticket"

    escalation_ids = fields.One2many(
        "helpdesk.sla.escalation", "ticket_id", string="Escalations", copy=False
    )
    escalation_count = fields.Integer(compute="_compute_escalation_count")
    has_improper_escalation = fields.Boolean(
        string="Improper Escalation",
        compute="_compute_has_improper_escalation",
        search="_search_has_improper_escalation",
        help="An agent judged an escalation of this ticket improper.",
    )

    def _compute_escalation_count(self):
        counts = dict(
            self.env["helpdesk.sla.escalation"]._read_group(
                [("ticket_id", "in", self.ids)], ["ticket_id"], ["__count"]
            )
        )
        for ticket in self:
            ticket.escalation_count = counts.get(ticket._origin, 0)

    @api.depends("escalation_ids.is_improper")
    def _compute_has_improper_escalation(self):
        for ticket in self:
            ticket.has_improper_escalation = any(
                ticket.escalation_ids.mapped("is_improper")
            )

    def _search_has_improper_escalation(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("escalation_ids.is_improper", "=", True)

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        default = self.env.context.get("default_support_level", "1")
        for ticket, vals in zip(tickets, vals_list, strict=True):
            level = vals.get("support_level", default)
            if level != "1":  # whoever opens it there knows whom it concerns
                ticket._log_escalation(
                    "1",
                    level,
                    reason=self.env._("Opened at this level"),
                    at=ticket.received_at,
                )
        return tickets

    def write(self, vals):
        """Let no level change without a row in the log of escalations."""
        level = vals.get("support_level")
        if not level or self.env.context.get("sla_escalating"):
            return super().write(vals)
        vals = {name: value for name, value in vals.items() if name != "support_level"}
        self.check_access("write")
        result = super().write(vals) if vals else True
        for ticket in self:
            if ticket.support_level != level:
                ticket._escalate(level, reason=self.env._("No reason was given"))
        return result

    def action_escalate(self):
        """Open the question to which level this ticket goes, and why."""
        return self._open_escalation(1)

    def action_deescalate(self):
        """Open the question why this ticket goes back to a lower level."""
        return self._open_escalation(-1)

    def _open_escalation(self, change):
        self.ensure_one()
        self.check_access("write")
        self._check_escalation_open()
        level = str(min(max(int(self.support_level) + change, 1), 3))
        up = change > 0
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Escalate") if up else self.env._("De-escalate"),
            "res_model": "helpdesk.sla.escalate",
            "view_mode": "form",
            "target": "new",
            "context": {"default_ticket_id": self.id, "default_level": level},
        }

    def action_view_escalations(self):
        """Open the log of this ticket's escalations."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_sla_policy.helpdesk_sla_escalation_action"
        )
        return {**action, "domain": [("ticket_id", "=", self.id)], "context": {}}

    def _check_escalation_open(self):
        """Raise UserError on a ticket on which nobody works any more."""
        if self.stage_id.closed:
            raise UserError(
                self.env._(
                    "%s is closed: reopen it before you escalate it.",
                    self.display_name,
                )
            )

    # Escalating

    def _escalate(self, level, origin="agent", reason="", partner=None, **how):
        """Bring this ticket to a support level, log it and tell whom it concerns.

        ``level`` is "1" to "3", lower ones undo; ``origin`` as in the log;
        ``partner`` is the customer's contact who asked for it. The sweep names
        the ``alert`` that did it and gathers its ``mails`` by person. Log,
        activities and mails are of one transaction. Return the row of the log.
        """
        self.ensure_one()
        self._lock_escalations()
        ticket = self.sudo()
        before, agent = ticket.support_level, ticket.user_id
        ticket._change_level(level, origin)
        users, told = ticket._get_escalation_users(before, level, origin, how)
        alert = how.get("alert")
        row = ticket._log_escalation(
            before,
            level,
            origin=origin,
            reason=reason,
            partner=partner,
            alert=alert,
            told=told,
            previous_agent=agent,
        )
        if not alert:  # the note about alerts tells the chatter
            ticket._post_escalation(row)
        ticket.activity_unlink([ACTIVITY])
        ticket._schedule_escalation(row, users)
        if alert:
            for partner in users.partner_id:
                how["mails"][partner].append(alert)
        else:
            row._send("mail_template_escalation", users.partner_id)
        row._tell_customer()
        if not alert:  # the sweep does it once for all
            self.env["helpdesk.sla.alert"]._wake_mail_queue()
        return row

    def _lock_escalations(self):
        """Let two people who escalate at once take turns: the second sees the first.

        Whoever comes second fails with a SerializationFailure, and is tried again.
        """
        self.flush_recordset(["support_level"])
        self.env.cr.execute(
            SQL(
                "UPDATE helpdesk_ticket SET support_level = support_level "
                "WHERE id = %s",
                self.id,
            )
        )

    def _change_level(self, level, origin):
        """Write the level, and the agent as the level wants it."""
        before = self.support_level
        values = {"support_level": level} if level != before else {}
        if level < before:
            agent = self._get_agent_before(before)
        elif level == before or origin == "emergency":
            agent = self.user_id
        else:
            agent = self.team_id._get_level(level)._pick_user(self.user_id)
        if agent != self.user_id:
            values["user_id"] = agent.id
        if values:
            self.with_context(sla_escalating=True).write(values)

    def _get_agent_before(self, level):
        """Return who had the ticket before it came to a level that is now undone."""
        row = self.escalation_ids.filtered(
            lambda row: row.direction == "up" and row.level_to == level
        ).sorted(lambda row: (row.at, row.id))[-1:]
        if row and row.agent_id == self.user_id != row.previous_agent_id:
            return row.previous_agent_id
        return self.user_id

    def _get_escalation_users(self, before, level, origin, how):
        """Return whom an escalation is told to, and in words who they are."""
        nobody = self.env["res.users"]
        if level < before:
            return nobody, False
        team = self.team_id
        if origin == "emergency":
            users = team._get_operations()
        else:
            users = team._get_level(level).user_ids or team.user_id
        if alert := how.get("alert"):
            users |= alert.step_id._get_users(self)
        seeing = users.filtered(self._is_seen_by)
        words = [", ".join(seeing.mapped("name"))] if seeing else []
        if blind := users - seeing:
            words.append(
                self.env._(
                    "%s cannot see the ticket: give them access to it",
                    ", ".join(blind.mapped("name")),
                )
            )
        if not users:
            words.append(
                self.env._(
                    "Nobody to tell: name the users of this level on the team %s",
                    team.name or "–",
                )
            )
        return seeing, "; ".join(words)

    def _is_seen_by(self, user):
        """Tell whether a user may read this ticket."""
        ticket = self.with_user(user).with_context(
            allowed_company_ids=user.company_ids.ids
        )
        return ticket.has_access("read")

    def _log_escalation(self, before, level, origin="agent", at=None, **facts):
        """Append a row to the log; ``at`` is naive UTC, by default now."""
        at = at or fields.Datetime.now()
        alert = facts.get("alert")
        partner = facts.get("partner")
        ticket = self.sudo()
        due_at = alert.due_at if alert else ticket._get_escalation_due(before, level)
        is_own = origin in ("step", "agent") and level > before
        rows = self.env["helpdesk.sla.escalation"].sudo()
        skipped = origin == "customer" and int(level) > int(before) + 1
        return rows.create(
            {
                "ticket_id": ticket.id,
                "company_id": ticket.company_id.id,
                "partner_id": ticket.commercial_partner_id.id,
                "team_id": ticket.team_id.id,
                "severity": ticket.priority,
                "level_from": before,
                "level_to": level,
                "origin": origin,
                "at": at,
                "user_id": self.env.uid,
                "requested_by_id": partner.id if partner else False,
                "reason": facts.get("reason"),
                "step_id": alert.step_id.id if alert else False,
                "due_at": is_own and due_at,
                "is_late": is_own and rows._is_late_at(at, due_at),
                "elapsed_seconds": ticket._get_timer("escalation").elapsed_seconds,
                "previous_agent_id": facts.get("previous_agent", ticket.user_id).id,
                "agent_id": ticket.user_id.id,
                "told": facts.get("told"),
                "is_questionable": bool(partner)
                and (skipped or (origin == "emergency" and ticket.priority != "3")),
            }
        )

    def _get_escalation_due(self, before, level):
        """Return when the policy wants, or wanted, this ticket at a level (R-E4)."""
        if level <= before:
            return False
        fired = self.env["helpdesk.sla.alert"].search(
            [
                ("ticket_id", "=", self.id),
                ("step_id.level", ">", before),
                ("step_id.level", "<=", level),
            ],
            order="due_at",
            limit=1,
        )
        if fired:
            return fired.due_at
        timer = self._get_timer("escalation")
        if timer.state != "running":
            return False
        plain = Rulebook(self.env).get_steps(
            timer.policy_id.id,
            "escalation",
            timer.severity or None,
            timer.calendar_id.id,
        )
        wanted = self.env["helpdesk.sla.step"].browse([step.id for step in plain])
        ids = wanted.filtered(lambda step: before < (step.level or "") <= level).ids
        due = steps.get_due(
            [step for step in plain if step.id in ids], timer._get_clock_timer()
        )
        return clock.to_datetime(due[0][0]) if due else False

    # Telling

    def _get_level_contact(self, level):
        """Return how customers call a support level and how they reach it."""
        line = self.team_id._get_level(level)
        return {"role": line.name or "", "channel": line.channel or ""}

    def _post_escalation(self, row):
        """Tell the chatter: a customer's own words are a public message."""
        lines = [row._describe()]
        if row.reason:
            lines.append(row.reason)
        if self.env.user.share:
            self.message_post(
                body="\n".join(lines),
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                author_id=self.env.user.partner_id.id,
            )
            return
        if row.told:
            lines.append(self.env._("Told: %s", row.told))
        self.message_post(body="\n".join(lines), subtype_xmlid="mail.mt_note")

    def _schedule_escalation(self, row, users):
        """Give each user an activity for today, without a mail of its own."""
        now = fields.Datetime.now()
        for user in users:
            tz = user.tz or self._get_customer_tz()
            ticket = self.with_context(
                lang=user.lang, tz=tz, mail_activity_quick_update=True
            )
            today = fields.Datetime.context_timestamp(ticket, now).date()
            ticket.activity_schedule(
                ACTIVITY,
                date_deadline=today,
                summary=row.with_context(lang=user.lang)._describe(),
                note=row.reason,
                user_id=user.id,
            )
