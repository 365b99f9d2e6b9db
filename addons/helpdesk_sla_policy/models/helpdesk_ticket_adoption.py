from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .. import metrics
from .helpdesk_sla_timer_fold import LEDGER


class HelpdeskTicket(models.Model):
    """Tickets that were there before their policy: their past, as ledger rows."""

    _inherit = "helpdesk.ticket"

    @api.model
    def _get_adoption_domain(self):
        """Return the domain of open tickets that nothing times.

        Either they are older than the installation, or their team had no policy
        when they came in.
        """
        return (
            Domain("stage_id.closed", "=", False)
            & Domain("stage_id.sla_solution", "!=", "void")
            & Domain("duplicate_id", "=", False)
            & Domain("timer_ids", "=", False)
            & (Domain("sla_adopted", "=", False) | Domain("sla_policy_id", "=", False))
        )

    def _adopt(self, start, now):
        """Time these tickets from their ``history`` or from ``now``; return them.

        Those that no policy would time are left as they are. Nothing is posted,
        and no step fires for what was due before.
        """
        policies = self._get_adoption_policies()
        tickets = self.browse(ticket.id for ticket in self if policies[ticket])
        if not tickets:
            return tickets
        rows = tickets._prepare_adoption_rows(start, now, policies)
        for policy, own in tickets.grouped(policies.get).items():
            own.sudo().with_context(tracking_disable=True).write(
                {"sla_policy_id": policy.id, "sla_adopted": True}
            )
        self.env["helpdesk.sla.timer"]._update_from_ledger(tickets, rows)
        tickets._silence_past_steps(now)
        return tickets

    def _get_adoption_policies(self):
        """Return the policy that each ticket gets, empty when there is none."""
        return {ticket: ticket.sudo()._get_sla_policy() for ticket in self}

    def _silence_past_steps(self, now):
        """Record steps that were due before the adoption, so that they never fire."""
        timers = (
            self.env["helpdesk.sla.timer"]
            .sudo()
            .search([("ticket_id", "in", self.ids), ("next_step_at", "<=", now)])
        )
        if timers:
            alerts = timers._record_alerts(now)
            alerts.result = self.env._("Due before the adoption: nobody was told")

    # Rows

    def _prepare_adoption_rows(self, start, now, policies):
        """Return the ledger rows of the adoption, in order of time by ticket."""
        past = self._prepare_past_rows(now, policies)
        if start == "history":
            return [row for ticket in self for row in past[ticket.id]]
        return [
            ticket._prepare_present_row(now, policies[ticket], past[ticket.id])
            for ticket in self
        ]

    def _prepare_base_row(self, now, policy):
        """Return a ledger row of how this ticket stands, under a policy."""
        return {
            **self._get_sla_state(),
            "policy_id": policy.id,
            "calendar_id": self.sudo()._get_sla_calendar(policy).id,
            "ticket_id": self.id,
            "company_id": self.company_id.id,
            "at": now,
            "recorded_at": now,
            "user_id": self.env.uid,
            "changes": "history",
            "stage_name": self.stage_id.name,
            "reply": False,
            "verdicts": False,
            "note": self.env._("From the ticket's history, at its adoption"),
        }

    def _prepare_present_row(self, now, policy, past):
        """Return the one ledger row of a ticket that counts from now on.

        A response that was given earlier is not asked for again.
        """
        get_moment = self.env["helpdesk.sla.timer"]._get_moment
        row = self._prepare_base_row(now, policy)
        moments = [get_moment([line[name] for name in LEDGER]) for line in past]
        if any(metrics._answers(moment, policy.response_by) for moment in moments):
            row["response_effect"] = "stop"
            row["reply"] = "team" if policy.response_by == "reply" else False
        return row | {
            "changes": "adopted",
            "note": self.env._("Timed from its adoption on"),
        }

    def _prepare_past_rows(self, now, policies):
        """Return by ticket id the rows that tell its past under its policy.

        What the ledger holds already counts as it stands; what came before is
        read from the stages that the chatter tracked and from public replies.
        """
        known = defaultdict(list)
        events = self.env["helpdesk.sla.event"].sudo()
        for event in events.search([("ticket_id", "in", self.ids)]):
            known[event.ticket_id.id].append(event)
        tracked, replies = self._read_tracked_stages(), self._read_team_replies()
        moves = [move for own in tracked.values() for move in own]
        stage_ids = {stage_id for _at, *pair in moves for stage_id in pair}
        stages = self.env["helpdesk.ticket.stage"].sudo().browse(stage_ids).exists()
        stages = {stage.id: stage for stage in stages}
        rows = {}
        for ticket in self:
            base = ticket._prepare_base_row(now, policies[ticket])
            own = known[ticket.id]
            rows[ticket.id] = [
                *ticket._prepare_untold_rows(
                    base, own[:1], tracked[ticket.id], replies[ticket.id], stages
                ),
                *(ticket._prepare_known_row(base, event) for event in own),
            ]
            if not own:
                rows[ticket.id][-1]["diagnosed"] = base["diagnosed"]
        return rows

    def _prepare_known_row(self, base, event):
        """Return a row of the ledger again, now under a policy."""
        names = (
            "at",
            "stage_id",
            "stage_name",
            "response_effect",
            "solution_effect",
            "severity",
            "type_id",
            "environment",
            "development",
            "diagnosed",
            "estimated",
            "closed",
            "reply",
        )
        values = {name: event[name] for name in names}
        return base | {
            name: value.id if isinstance(value, models.BaseModel) else value
            for name, value in values.items()
        }

    def _prepare_untold_rows(self, base, first_event, tracked, replies, stages):
        """Return the rows of what happened before the ledger's first row.

        A stage that is gone changes nothing: nobody knows what it meant.
        """
        if first_event and first_event[0].changes == "created":
            return []
        until = first_event[0].at if first_event else base["at"]
        first_id = tracked[0][1] if tracked else self.stage_id.id
        first_stage = stages.get(first_id, self.sudo().stage_id)
        state = base | self._get_stage_facts(first_stage)
        rows = [state | {"at": self.received_at, "diagnosed": False}]
        entries = [(at, 0, stage_id) for at, _old, stage_id in tracked]
        entries += [(at, 1, False) for at in replies]
        for at, is_reply, stage_id in sorted(entries):
            if self.received_at <= at < until:
                values = {"at": at, "reply": "team" if is_reply else False}
                if stage_id in stages:
                    values |= self._get_stage_facts(stages[stage_id])
                rows.append({**rows[-1], **values})
        return rows

    def _get_stage_facts(self, stage):
        """Return what a stage means to the clock, as columns of the ledger."""
        return {
            "stage_id": stage.id,
            "stage_name": stage.name,
            "response_effect": stage.sla_response or "run",
            "solution_effect": stage.sla_solution or "idle",
            "development": self.type_id.is_development or stage.is_development,
            "closed": stage.closed,
        }

    # Chatter

    def _read_tracked_stages(self):
        """Return (at, old stage id, new stage id) by ticket id, in order of time."""
        field = self.env["ir.model.fields"]._get(self._name, "stage_id")
        moves = defaultdict(list)
        for ticket_id, at, old, new in self.env.execute_query(
            SQL(
                "SELECT message.res_id, date_trunc('second', message.date), "
                "value.old_value_integer, value.new_value_integer "
                "FROM mail_tracking_value AS value JOIN mail_message AS message "
                "ON message.id = value.mail_message_id "
                "WHERE value.field_id = %s AND message.model = %s "
                "AND message.res_id = ANY(%s) ORDER BY message.date, value.id",
                field.id,
                self._name,
                self.ids,
            )
        ):
            moves[ticket_id].append((at, old, new))
        return moves

    def _read_team_replies(self):
        """Return when people of the team replied publicly, by ticket id."""
        messages = (
            self.env["mail.message"]
            .sudo()
            .search_fetch(
                [
                    ("model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("message_type", "in", ("comment", "email")),
                    ("subtype_id", "=", self.env.ref("mail.mt_comment").id),
                    ("is_internal", "=", False),
                ],
                ["res_id", "date", "author_id", "message_type"],
                order="date, id",
            )
        )
        replies = defaultdict(list)
        tickets = {ticket.id: ticket.sudo() for ticket in self}
        for message in messages:
            if tickets[message.res_id]._get_sla_reply_author(message) == "team":
                at = fields.Datetime.to_datetime(message.date).replace(microsecond=0)
                replies[message.res_id].append(at)
        return replies
