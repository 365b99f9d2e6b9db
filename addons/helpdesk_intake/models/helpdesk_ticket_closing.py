from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.helpdesk_sla_policy import clock

#: How long after its term a ticket closes, so that an answer that came in time wins.
GRACE = timedelta(minutes=5)
BATCH = 100


class HelpdeskTicket(models.Model):
    """How a solved ticket closes: confirmed, after its follow-up, or by silence."""

    _inherit = "helpdesk.ticket"

    confirmed_at = fields.Datetime(
        string="Confirmed",
        readonly=True,
        copy=False,
        tracking=True,
        help="When the customer said that the service is back.",
    )
    confirmed_by_id = fields.Many2one(
        "res.partner",
        readonly=True,
        copy=False,
        tracking=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    confirmation_note = fields.Char(
        string="How It Was Confirmed", readonly=True, copy=False, tracking=True
    )
    closes_at = fields.Datetime(
        string="Closes By Itself",
        compute="_compute_closes_at",
        search="_search_closes_at",
        help="Without an answer of the customer the ticket closes then.",
    )
    followed_up_until = fields.Datetime(
        compute="_compute_followed_up_until",
        help="Before that the ticket closes only when the customer confirms.",
    )
    awaits_confirmation = fields.Boolean(
        compute="_compute_awaits_confirmation",
        help="Solved: the customer may confirm that the service is back.",
    )

    @api.depends("notice_ids.deadline_at", "notice_ids.term", "stage_id")
    def _compute_closes_at(self):
        for ticket in self:
            notice = ticket._get_running_term()
            ticket.closes_at = not ticket.stage_id.closed and notice.deadline_at

    def _search_closes_at(self, operator, value):
        if operator in ("in", "not in"):
            return NotImplemented
        return [
            ("stage_id.closed", "=", False),
            (
                "notice_ids",
                "any",
                [("term", "=", "running"), ("deadline_at", operator, value)],
            ),
        ]

    @api.depends("timer_ids.due_at", "timer_ids.state", "confirmed_at")
    def _compute_followed_up_until(self):
        now = fields.Datetime.now()
        for ticket in self:
            due = (
                ticket.sudo()
                ._get_timer("follow_up")
                .filtered(lambda timer: timer.state == "running")
                .due_at
            )
            is_over = ticket.confirmed_at or not due or due <= now
            ticket.followed_up_until = False if is_over else due

    @api.depends("stage_id", "confirmed_at")
    def _compute_awaits_confirmation(self):
        for ticket in self:
            ticket.awaits_confirmation = ticket._is_solved() and not ticket.confirmed_at

    # Confirmation

    def _confirm(self, partner, note, close=True):
        """Record that a person of the customer says the service is back (R-A14, R-C3).

        With ``close`` the ticket goes to its team's closing stage. Raises UserError
        when there is nothing to confirm.
        """
        self.ensure_one()
        if self.stage_id.closed:
            raise UserError(self.env._("%s is closed already.", self.display_name))
        if not self.awaits_confirmation:
            raise UserError(
                self.env._(
                    "%s is not solved yet: there is nothing to confirm.",
                    self.display_name,
                )
            )
        self.write(
            {
                "confirmed_at": fields.Datetime.now(),
                "confirmed_by_id": partner.id,
                "confirmation_note": note,
            }
        )
        if close:
            self.stage_id = self._get_closing_stage()

    def _may_confirm(self, partner):
        """Tell whether a person of the customer may say that the ticket is solved."""
        self.ensure_one()
        ticket = self.sudo()
        if partner.commercial_partner_id != ticket.commercial_partner_id:
            return False
        contract = ticket.contract_id
        return not contract.contact_ids or contract._has_role(partner, "close")

    def _get_closing_stage(self):
        """Return the stage in which this ticket closes as solved.

        Raises UserError when its team has none.
        """
        self.ensure_one()
        stages = self.team_id.with_company(self.company_id)._get_applicable_stages()
        closing = stages.filtered(
            lambda stage: stage.closed and stage.sla_solution == "stop"
        )
        if not closing:
            raise UserError(
                self.env._(
                    "The team “%s” has no stage that closes solved tickets: add one.",
                    self.team_id.name or self.env._("none"),
                )
            )
        return closing[:1]

    def _get_portal_closing_stages(self):
        """Offer the closing of a ticket only to who may say that it is solved."""
        stages = super()._get_portal_closing_stages()
        user = self.env.user
        if not user._is_internal() and not self._may_confirm(user.partner_id):
            return stages.browse()
        return stages

    # Follow-up

    def _check_stage_requirements(self, before):
        result = super()._check_stage_requirements(before)
        for ticket in self:
            if before[ticket.id]["stage_id"] != ticket.stage_id.id:
                ticket._check_followed_up(before[ticket.id])
        return result

    def _check_followed_up(self, before):
        """Refuse to close a ticket that is still followed up (R-C3).

        The customer's own word, on record or on the portal, ends the follow-up.
        """
        stage = self.stage_id
        if (
            not stage.closed
            or before["closed"]
            or stage.sla_solution != "stop"
            or self.confirmed_at
            or self.env.context.get("helpdesk_tacit_closing")
        ):
            return
        if not self.env.user._is_internal():
            user = self.env.user.partner_id
            self.sudo().write(
                {
                    "confirmed_at": fields.Datetime.now(),
                    "confirmed_by_id": user.id,
                    "confirmation_note": self.env._("Closed on the portal"),
                }
            )
            return
        policy = self.sudo().sla_policy_id
        if not self.sla_adopted or "follow_up" not in policy._get_metrics():
            return
        timer = self.sudo()._get_timer("follow_up")
        until = timer.due_at if timer.state == "running" else False
        if until and until <= fields.Datetime.now():
            return
        if until:
            raise UserError(
                self.env._(
                    "%(ticket)s is followed up until %(until)s: close it then, or "
                    "record that the customer confirms the solution.",
                    ticket=self.display_name,
                    until=self._format_in_words(until),
                )
            )
        target = policy._find_target(
            "follow_up", self.priority, self.type_id.id, self._get_sla_environment()
        )
        if target.amount:
            raise UserError(
                self.env._(
                    "%(ticket)s is followed up for %(time)s after its solution: move "
                    "it to the stage that waits for the customer first.",
                    ticket=self.display_name,
                    time=target._describe(),
                )
            )

    # Tacit closing

    def _is_solved(self):
        """Tell whether the ticket is in a stage that waits for the customer's word."""
        stages = self.env["helpdesk.ticket.stage"]
        _response, solution, closed, is_development, _name = stages._get_effects(
            self.stage_id.id
        )
        waits = stages._get_notice_kind(self.stage_id.id) == "solution"
        return waits and solution == "stop" and not closed and not is_development

    def _get_running_term(self):
        """Return the solution notice whose term runs, as superuser, or none."""
        self.ensure_one()
        return self.sudo().notice_ids.filtered(
            lambda notice: notice.term == "running" and not notice.withdrawn_at
        )[:1]

    def _get_tacit_deadline(self):
        """Return when a ticket solved now closes without an answer, or None (R-A14).

        That is the close of the Nth business day of the policy's office hours. A
        customer whom no notice reaches has no term.
        """
        policy = self.sudo().sla_policy_id
        if not policy.tacit_close_days:
            return None
        if not self.env["helpdesk.ticket.notice"]._get_address(self):
            return None
        calendar = policy._get_office_calendar()._get_support_clock(self.company_id)
        deadline = clock.to_datetime(
            calendar.business_day_close(
                clock.to_instant(fields.Datetime.now()), policy.tacit_close_days
            )
        )
        cron = self.env.ref(
            "helpdesk_intake.ir_cron_tacit_closing", raise_if_not_found=False
        )
        if cron is not None:  # else data is being loaded
            cron.sudo()._trigger(deadline + GRACE)
        return deadline

    @api.model
    def _cron_close_tacitly(self):
        """Close the tickets whose term has passed without an answer (R-A14)."""
        over = self.env["helpdesk.ticket.notice"].search(
            [
                ("term", "=", "running"),
                ("deadline_at", "<=", fields.Datetime.now() - GRACE),
            ],
            order="deadline_at, id",
        )
        self.env["helpdesk.job.failure"]._work(
            "helpdesk_intake.ir_cron_tacit_closing",
            over.ticket_id,
            lambda tickets: tickets._close_due(),
            size=BATCH,
        )

    def _close_due(self):
        """Close those whose term is still running, and over."""
        over = fields.Datetime.now() - GRACE
        for ticket in self:
            deadline = ticket._get_running_term().deadline_at
            if deadline and deadline <= over:
                ticket._close_tacitly()

    def _close_tacitly(self):
        """Close one ticket at the end of its term, or tell the agent why it stays."""
        self.ensure_one()
        notice = self._get_running_term()
        deadline = notice.deadline_at
        notice.term = "ended"  # once only, whatever follows
        if not deadline or not self._is_solved() or not self.active:
            return
        if notice._has_bounced():
            self._schedule_for_agent(
                self.env._("The solution notice did not arrive: call the customer.")
            )
            return
        ticket = self.with_context(helpdesk_tacit_closing=True, sla_at=deadline)
        try:
            with self.env.cr.savepoint():
                ticket.stage_id = ticket._get_closing_stage()
                ticket.write({"closed_date": deadline})
                ticket.flush_recordset()
                notice.term = "elapsed"
        except UserError as refusal:
            self.invalidate_recordset()
            self._schedule_for_agent(
                self.env._("The ticket could not close by itself: %s", refusal)
            )
            return
        self.message_post(
            body=self.env._(
                "Closed without an answer: the term ended on %s.",
                self._format_in_words(deadline),
            ),
            subtype_xmlid="mail.mt_note",
            author_id=self.env.ref("base.partner_root").id,
        )

    def _close_overdue(self):
        """Close what is over before anything else happens to it (R-A14)."""
        now = fields.Datetime.now()
        for ticket in self.sudo():
            if ticket.closes_at and ticket.closes_at < now:
                ticket._close_tacitly()

    def _stop_tacit_closing(self):
        """Let the ticket wait for a person: the customer has answered in time."""
        self._get_running_term().term = "answered"

    def _withdraw_notices(self):
        """Forget what was confirmed about an earlier solution."""
        result = super()._withdraw_notices()
        self.filtered("confirmed_at").write(
            {
                "confirmed_at": False,
                "confirmed_by_id": False,
                "confirmation_note": False,
            }
        )
        return result

    def _get_elapsed_term(self):
        """Return the moment at which the ticket closed by silence, or False."""
        self.ensure_one()
        return (
            self._get_notice("solution")
            .filtered(lambda notice: notice.term == "elapsed")
            .deadline_at
        )
