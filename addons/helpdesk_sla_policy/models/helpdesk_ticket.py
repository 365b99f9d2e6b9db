from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import is_html_empty

from .helpdesk_sla_severity import SEVERITIES


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    priority = fields.Selection(
        SEVERITIES,
        string="Severity",
        tracking=True,
        help="How much of the customer's business is stopped: 3 stars are critical. "
        "The policy promises response and solution times by severity.",
    )
    severity_name = fields.Char(compute="_compute_severity_name")
    received_at = fields.Datetime(
        string="Received",
        default=fields.Datetime.now,
        required=True,
        copy=False,
        readonly=True,
        help="When the customer told us. The response time counts from here.",
    )
    sla_policy_id = fields.Many2one(
        "helpdesk.sla.policy",
        string="SLA Policy",
        compute="_compute_sla_policy_id",
        store=True,
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        help="The policy that times this ticket. A policy given to the team later "
        "counts for new tickets only.",
    )
    sla_adopted = fields.Boolean(
        string="Timed",
        readonly=True,
        copy=False,
        help="Set when the ticket is created. A ticket from before the installation "
        "is timed only once a manager adopts it.",
    )
    event_ids = fields.One2many(
        "helpdesk.sla.event", "ticket_id", string="Ledger", copy=False
    )
    timer_ids = fields.One2many(
        "helpdesk.sla.timer", "ticket_id", string="Timers", copy=False
    )
    next_due = fields.Datetime(
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The promise of this ticket that falls due next.",
    )
    response_due = fields.Datetime(compute="_compute_due_dates")
    solution_due = fields.Datetime(compute="_compute_due_dates")
    update_due = fields.Datetime(
        string="Next Update",
        compute="_compute_due_dates",
        help="When the customer expects our next news.",
    )
    is_late = fields.Boolean(
        string="Late", compute="_compute_is_late", search="_search_is_late"
    )
    total_hours = fields.Float(
        string="Total Time",
        compute="_compute_total_hours",
        help="Response time plus solution time, in attention hours.",
    )
    support_level = fields.Selection(
        [("1", "Level 1"), ("2", "Level 2"), ("3", "Level 3")],
        default="1",
        required=True,
        copy=False,
        tracking=True,
        help="The support level that works on this ticket.",
    )
    diagnosis = fields.Html(
        copy=False, help="What the support team found, in the customer's words."
    )
    solution = fields.Html(
        string="Solution (Documentation)",
        copy=False,
        help="What was done and how it was tested.",
    )

    severity_reason = fields.Char(
        string="Reason of the Lower Severity",
        copy=False,
        tracking=True,
        groups="helpdesk_mgmt.group_helpdesk_manager",
        help="Needed to lower the severity of a ticket whose promise was missed.",
    )
    mail_date_note = fields.Char(
        string="Date of the Mail",
        readonly=True,
        copy=False,
        help="Why the ticket counts from its receipt and not from the mail's date.",
    )

    _commercial_partner_idx = models.Index(
        "(commercial_partner_id) WHERE commercial_partner_id IS NOT NULL"
    )
    _partner_idx = models.Index("(partner_id) WHERE partner_id IS NOT NULL")
    _company_idx = models.Index("(company_id)")

    @api.depends("team_id")
    def _compute_sla_policy_id(self):
        for ticket in self:
            ticket.sla_policy_id = ticket._get_sla_policy()

    @api.depends("priority", "sla_policy_id")
    @api.depends_context("lang")
    def _compute_severity_name(self):
        labels = dict(self._fields["priority"]._description_selection(self.env))
        for ticket in self:
            policy = ticket.sudo().sla_policy_id
            ticket.severity_name = (
                policy._get_severity_name(ticket.priority)
                if policy
                else labels.get(ticket.priority, "")
            )

    @api.depends("timer_ids.due_at", "timer_ids.metric")
    def _compute_due_dates(self):
        for ticket in self:
            ticket.response_due = ticket._get_timer("response").due_at
            ticket.solution_due = ticket._get_timer("solution").due_at
            update = ticket._get_timer("update")
            ticket.update_due = update.state == "running" and update.due_at

    @api.depends("timer_ids.state", "timer_ids.breach_at")
    def _compute_is_late(self):
        for ticket in self:
            ticket.is_late = any(ticket.timer_ids.mapped("is_late"))

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("timer_ids.is_late", "=", True)

    @api.depends("timer_ids.counted_seconds")
    def _compute_total_hours(self):
        for ticket in self:
            timers = ticket.timer_ids.filtered(
                lambda timer: timer.metric in ("response", "solution")
            )
            ticket.total_hours = sum(timers.mapped("elapsed_seconds")) / 3600

    # CRUD

    def _init_column(self, column_name):
        """Let tickets from before the installation count from their creation."""
        if column_name == "received_at":
            self.env.cr.execute(
                "UPDATE helpdesk_ticket SET received_at = date_trunc('second', "
                "coalesce(create_date, now() AT TIME ZONE 'UTC')) "
                "WHERE received_at IS NULL"
            )
            return
        super()._init_column(column_name)

    @api.model_create_multi
    def create(self, vals_list):
        self._link_type_and_stage(vals_list)
        vals_list = [dict(vals, sla_adopted=True) for vals in vals_list]
        tickets = super().create(vals_list)
        tickets._record_sla_events("created")
        return tickets

    def write(self, vals):
        if not self._get_sla_triggers() & vals.keys():
            return super().write(vals)
        self._link_type_and_stage([vals])
        self._check_lower_severity(vals)
        before = self._get_sla_states()
        result = super().write(vals)
        states = self._get_sla_states()
        changed = self.filtered(lambda ticket: states[ticket.id] != before[ticket.id])
        changed._check_stage_requirements(before)
        changed._record_sla_events(before=before, states=states)
        return result

    @api.model
    def _link_type_and_stage(self, vals_list):
        """Let the development type and the development stage set each other (R-A2)."""
        types = self.env["helpdesk.ticket.type"]
        stages = self.env["helpdesk.ticket.stage"]
        for vals in vals_list:
            stage = stages.browse(vals.get("stage_id"))
            ticket_type = types.browse(vals.get("type_id"))
            if stage.is_development and "type_id" not in vals:
                development = types.search([("is_development", "=", True)], limit=1)
                if development:
                    vals["type_id"] = development.id
            elif ticket_type.is_development and "stage_id" not in vals:
                team = self.env["helpdesk.ticket.team"].browse(vals.get("team_id"))
                team = team or self.team_id
                if len(team) == 1:
                    development = team._get_applicable_stages().filtered(
                        "is_development"
                    )
                    if development:
                        vals["stage_id"] = development[:1].id

    def _check_lower_severity(self, vals):
        """Refuse to lower the severity of a missed ticket without a reason."""
        if "priority" not in vals or self.env.su:
            return
        lowered = self.filtered(
            lambda ticket: (
                (vals["priority"] or "0") < (ticket.priority or "0")
                and ticket._get_missed_timers()
            )
        )
        if not lowered:
            return
        if not self.env.user.has_group("helpdesk_mgmt.group_helpdesk_manager"):
            raise AccessError(
                self.env._(
                    "%s has missed a promise: only a manager lowers its severity now.",
                    lowered[:1].display_name,
                )
            )
        if not vals.get("severity_reason"):
            raise UserError(
                self.env._(
                    "%s has missed a promise: write the reason why its severity is "
                    "lowered.",
                    lowered[:1].display_name,
                )
            )

    def _get_missed_timers(self):
        """Return the timers that were missed or are late now."""
        return self.sudo().timer_ids.filtered(
            lambda timer: timer.state == "missed" or timer.is_late
        )

    def _check_stage_requirements(self, before):
        """Refuse a stage whose text is missing (R-A3, R-A14)."""
        for ticket in self:
            stage = ticket.stage_id
            if before[ticket.id]["stage_id"] == stage.id:
                continue
            if stage.require_diagnosis and not ticket._has_text("diagnosis"):
                raise UserError(
                    self.env._(
                        "%(ticket)s needs a diagnosis before it moves to “%(stage)s”: "
                        "write what you found in the tab Diagnosis.",
                        ticket=ticket.display_name,
                        stage=stage.name,
                    )
                )
            if stage.require_solution and not ticket._has_text("solution"):
                raise UserError(
                    self.env._(
                        "%(ticket)s needs its solution before it moves to “%(stage)s”: "
                        "write what was done in the tab Solution.",
                        ticket=ticket.display_name,
                        stage=stage.name,
                    )
                )

    def _has_text(self, field_name):
        return not is_html_empty(self[field_name])

    # Facts and ledger

    @api.model
    def _get_sla_triggers(self):
        """Return the fields whose writing can change a fact of the clock."""
        return {
            "active",
            "diagnosis",
            "duplicate_id",
            "partner_id",
            "priority",
            "stage_id",
            "team_id",
            "type_id",
            "user_id",
        }

    def _get_sla_policy(self):
        """Return the policy that times this ticket: its team's."""
        return self.sudo().team_id.sla_policy_id

    def _get_sla_calendar(self, policy):
        """Return the attention hours of this ticket: its policy's."""
        return policy.calendar_id

    def _get_customer_tz(self):
        """Return the name of the zone in which the customer reads dates."""
        policy = self.sudo().sla_policy_id
        return policy.calendar_id.tz or self.env.user.tz or "UTC"

    def _get_portal_closing_stages(self):
        """Return the stages in which the customer may close this ticket."""
        self.ensure_one()
        if self.stage_id.closed:
            return self.stage_id.browse()
        stages = self.team_id.with_company(self.company_id)._get_applicable_stages()
        return stages.filtered(lambda stage: stage.closed and stage.close_from_portal)

    def _get_sla_environment(self):
        """Return the environment's part of the target's key, or False."""
        return False

    def _get_sla_states(self):
        """Return the facts of these tickets that the clock looks at, by ticket id."""
        # As superuser once for all: a customer's reply is a fact too.
        return {ticket.id: ticket._get_sla_state() for ticket in self.sudo()}

    def _get_sla_state(self):
        """Return the facts of this ticket that the clock looks at, as a dict."""
        self.ensure_one()
        policy = self.sudo().sla_policy_id
        if not self.sla_adopted:
            policy = policy.browse()
        stage, ticket_type = self.stage_id, self.type_id
        response, solution, closed, is_development, _name = stage._get_effects(stage.id)
        if not self.active or self.duplicate_id:
            response = solution = "void"
        return {
            "stage_id": stage.id,
            "response_effect": response,
            "solution_effect": solution,
            "severity": self.priority,
            "type_id": ticket_type.id,
            "environment": self._get_sla_environment(),
            "policy_id": policy.id,
            "calendar_id": self._get_sla_calendar(policy).id if policy else False,
            "development": is_development or ticket_type.is_development,
            "diagnosed": self._has_text("diagnosis"),
            "estimated": False,
            "closed": closed,
        }

    def _record_sla_events(
        self,
        changes=None,
        before=None,
        *,
        at=None,
        reply=False,
        note=False,
        states=None,
    ):
        """Append one ledger row per ticket and bring the timers up to date.

        ``at`` is a naive UTC datetime, by default now (for a new ticket its
        receipt). Rows of tickets that no policy times are kept too: they are
        what a policy adopted later counts from. What is told late carries the
        facts of its own moment; a change told late (``before``) is never dated
        before the ledger's last row. ``states`` are the facts by ticket id where
        the caller knows them.
        """
        now = fields.Datetime.now()
        at = at or self.env.context.get("sla_at")
        past = self._read_facts_at([at]) if at and at < now else {}
        stages = self.env["helpdesk.ticket.stage"]
        rows = []
        for ticket in self:
            state = states[ticket.id] if states else ticket._get_sla_state()
            if before is not None:
                old = before[ticket.id]
                changes = ",".join(name for name in state if state[name] != old[name])
            is_new = changes == "created"
            moment = at or (ticket.received_at if is_new else now)
            label = stages._get_effects(ticket.stage_id.id)[-1]
            if ticket.id in past:
                last_at, [facts] = past[ticket.id]
                if before is not None:
                    moment = max(moment, last_at)
                else:  # what is told late happened to the ticket as it was then
                    label = facts.pop("stage_name")
                    state |= facts
            rows.append(
                {
                    **state,
                    "ticket_id": ticket.id,
                    "company_id": ticket.company_id.id,
                    "at": moment,
                    "recorded_at": now,
                    "user_id": self.env.uid,
                    "changes": changes,
                    "stage_name": label,
                    "reply": reply,
                    "note": note or ticket._get_sla_note(changes),
                    "verdicts": None,
                }
            )
        self._append_sla_rows(rows)

    def _append_sla_rows(self, rows):
        """Bring the timers up to date with ledger rows, and append them."""
        if rows:
            tickets = self.browse(dict.fromkeys(row["ticket_id"] for row in rows))
            self.env["helpdesk.sla.timer"]._update_from_ledger(
                tickets, rows, companions=tickets._prepare_companions(rows)
            )

    def _prepare_companions(self, _rows):
        """Return what to insert with new ledger rows of these tickets; a hook.

        A list of inserts as ``helpdesk.sla.timer._insert_plain`` takes them.
        """
        return []

    def _read_facts_at(self, moments):
        """Return, by ticket id, when the ledger ends and the facts at some moments.

        The moments are naive UTC. What was before the first row was as it says.
        """
        names = [*self[:1]._get_sla_state(), "stage_name"]
        ledgers = {}
        events = self.env["helpdesk.sla.event"].sudo()
        for event in events.search([("ticket_id", "in", self.ids)], order="at, id"):
            ledgers.setdefault(event.ticket_id.id, []).append(event)

        def read(ledger, moment):
            event = next((e for e in reversed(ledger) if e.at <= moment), ledger[0])
            values = {name: event[name] for name in names}
            return {
                name: value.id if isinstance(value, models.BaseModel) else value
                for name, value in values.items()
            }

        return {
            ticket_id: (ledger[-1].at, [read(ledger, moment) for moment in moments])
            for ticket_id, ledger in ledgers.items()
        }

    def _get_sla_note(self, changes):
        """Return what the ledger should say beside the facts."""
        if "severity" in (changes or "").split(","):
            return self.sudo().severity_reason
        if changes == "created":
            return self.mail_date_note
        return False

    def _follow_policy(self):
        """Give these tickets the policy that they have by now; a hook for contracts.

        Another policy given to a team counts for new tickets only.
        """

    def _record_sla_drift(self, moment=None):
        """Append a ledger row where policy, calendar or environment changed by itself.

        Another calendar put on a policy, plan or contract counts from ``moment`` on
        (naive UTC, by default now); what was counted before stays.
        """
        now = fields.Datetime.now()
        moment = min(moment or now, now)
        known = self._read_facts_at([moment, now]) if self else {}
        rows = []
        for ticket in self:
            if ticket.id not in known:
                continue
            last_at, [past, latest] = known[ticket.id]
            state = ticket._get_sla_state()
            moments = [(moment, past)]
            if last_at > moment:
                moments.append((last_at, latest))
            for at, facts in moments:
                new = {name: state[name] for name in ("policy_id", "calendar_id")}
                if facts["severity"] == state["severity"]:
                    new["environment"] = state["environment"]
                changes = [name for name in new if facts[name] != new[name]]
                if changes:
                    rows.append(
                        {
                            **facts,
                            **new,
                            "ticket_id": ticket.id,
                            "company_id": ticket.company_id.id,
                            "at": at,
                            "recorded_at": now,
                            "user_id": self.env.uid,
                            "changes": ",".join(changes),
                            "reply": False,
                            "note": False,
                            "verdicts": None,
                        }
                    )
        self._append_sla_rows(rows)

    @api.model
    def _count_open_of(self, users):
        """Return {user: number of open tickets}, without users who have none."""
        groups = self.sudo()._read_group(
            [("user_id", "in", users.ids), ("stage_id.closed", "=", False)],
            ["user_id"],
            ["__count"],
        )
        return dict(groups)

    # Timers

    def _update_timers(self):
        """Compute the timers of these tickets again from their ledger."""
        self.env["helpdesk.sla.timer"]._update_from_ledger(self)

    def _get_timer(self, metric):
        """Return the timer of a metric that is live: its last cycle."""
        self.ensure_one()
        timers = self.timer_ids.filtered(lambda timer: timer.metric == metric)
        return timers.sorted("cycle")[-1:]

    # Messages

    def _register_hook(self):
        """Let what a merge of tickets posts be no reply, when that addon is there."""
        result = super()._register_hook()
        merge = self.env.registry.get("helpdesk.ticket.merge")
        if merge is not None and not hasattr(merge.merge_tickets, "sla_origin"):
            origin = merge.merge_tickets

            def merge_tickets(wizard, *args, **kwargs):
                return origin(wizard.with_context(sla_robot=True), *args, **kwargs)

            merge_tickets.sla_origin = origin
            merge.merge_tickets = merge_tickets
        return result

    def _message_post_after_hook(self, message, msg_vals):
        result = super()._message_post_after_hook(message, msg_vals)
        author = self._get_sla_reply_author(message)
        if author:
            at, note = self._get_reply_moment(message)
            self._record_sla_events("reply", at=at, reply=author, note=note)
            if author == "customer":
                self.with_context(sla_at=at)._resume_after_reply()
        return result

    @api.model
    def _get_reply_moment(self, message):
        """Return when a reply counts, as naive UTC or False for now, and why.

        What was mailed counts from the mail's own date, within the fetch interval.
        """
        if message.message_type != "email":
            return False, False
        return self._trust_mail_date(message.date)

    def _get_sla_reply_author(self, message):
        """Tell whose public reply a message is: team, customer or none.

        Automatic mails, notifications, internal notes and robots never count.
        """
        if self.env.context.get("sla_robot"):
            return False
        if message.message_type not in ("comment", "email") or message.is_internal:
            return False
        if message.subtype_id != self.env.ref("mail.mt_comment"):
            return False
        author = message.author_id
        users = author.with_context(active_test=False).sudo().user_ids
        if self.env.ref("base.user_root") in users:
            return False
        is_customer = author.commercial_partner_id == self.commercial_partner_id
        agents = users.filtered(
            lambda user: user.has_group("helpdesk_mgmt.group_helpdesk_user_own")
        )
        if agents and not is_customer:
            return "team"
        return "customer" if author or message.email_from else False

    def _resume_after_reply(self):
        """Move a ticket that waits for the customer to the stage that follows."""
        for ticket in self.sudo():
            if ticket.stage_id.resume_stage_id:
                ticket.stage_id = ticket.stage_id.resume_stage_id

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Let the clock of a mailed ticket start when the mail was sent.

        The mail's own date is trusted for the time between two fetches, never
        in the future; otherwise the receipt counts.
        """
        values = dict(custom_values or {})
        sent, note = self._trust_mail_date(
            fields.Datetime.to_datetime(msg_dict.get("date") or False)
        )
        if sent:
            values.setdefault("received_at", sent)
        if note:
            values["mail_date_note"] = note
        return super().message_new(msg_dict, custom_values=values)

    @api.model
    def _trust_mail_date(self, sent):
        """Return the date of a mail if it counts, else False, and why it does not."""
        if not sent:
            return False, False
        sent = sent.replace(microsecond=0, tzinfo=None)
        age = (fields.Datetime.now() - sent).total_seconds()
        if 0 <= age <= self._get_mail_trust_seconds():
            return sent, False
        return False, self.env._(
            "The mail is dated %s UTC; the time counts from its receipt.", sent
        )

    @api.model
    def _get_mail_trust_seconds(self):
        """Return for how long a mail may have been under way, in seconds."""
        parameter = self.env["ir.config_parameter"].sudo()
        return (
            int(parameter.get_param("helpdesk_sla_policy.mail_trust_minutes", 15)) * 60
        )
