from odoo import api, fields, models, tools


class HelpdeskTicket(models.Model):
    """Solving a ticket delivers it; working on it again takes that back (R-A13)."""

    _inherit = "helpdesk.ticket"

    # What deliverables promise is theirs, not the ticket's.
    timer_ids = fields.One2many(domain=[("deliverable_id", "=", False)])

    def _record_sla_events(self, changes=None, before=None, **kwargs):
        result = super()._record_sla_events(changes, before, **kwargs)
        if before is not None:
            self._follow_solution(before)
        return result

    def _follow_solution(self, before):
        """Deliver what was just solved, withdraw what is worked on again."""
        stages = self.env["helpdesk.ticket.stage"]
        policies = self.env["helpdesk.sla.policy"]
        solved, reopened = self.browse(), self.browse()
        for ticket in self:
            old, new = before[ticket.id]["stage_id"], ticket.stage_id.id
            policy = ticket.sla_policy_id
            if old == new or not policy or not policies._delivers_tickets(policy.id):
                continue
            was, is_now = stages._solves(old), stages._solves(new)
            if is_now and not was and ticket.active and not ticket.duplicate_id:
                solved |= ticket
            elif was and not is_now:
                reopened |= ticket
        if reopened:
            reopened.sudo()._withdraw_solution()
        if solved:
            solved.sudo()._deliver_solution()

    def _deliver_solution(self):
        """Make a deliverable of each solved ticket, one batch for all of them."""
        deliverables = self.env["helpdesk.deliverable"].with_context(
            mail_create_nolog=True, mail_create_nosubscribe=True, tracking_disable=True
        )
        earlier = deliverables.search(
            [("ticket_id", "in", self.ids), ("kind", "=", "ticket")], order="version"
        )
        last = {deliverable.ticket_id: deliverable for deliverable in earlier}
        drafts = earlier.filtered(
            lambda d: d.state == "draft" and d == last[d.ticket_id]
        )
        for draft in drafts:
            draft.specification = draft.ticket_id.solution
        made = deliverables.create(
            [
                ticket._prepare_solution(last.get(ticket, deliverables))
                for ticket in self
                if ticket.partner_id
                and last.get(ticket, deliverables).state
                in (False, "rejected", "withdrawn")
            ]
        )
        (drafts | made)._deliver(fields.Datetime.now(), later=True)

    def _prepare_solution(self, previous):
        return {
            "number": self.number,
            "name": self.name,
            "ticket_id": self.id,
            "kind": "ticket",
            "specification": self.solution,
            "previous_id": previous.id,
            "version": previous.version + 1,
        }

    def _withdraw_solution(self):
        """Withdraw the deliverables of these tickets that nobody answered yet."""
        pending = self.env["helpdesk.deliverable"].search(
            [
                ("ticket_id", "in", self.ids),
                ("kind", "=", "ticket"),
                ("delivered_at", "!=", False),
                ("answer", "=", False),
            ]
        )
        if pending:
            pending._withdraw(fields.Datetime.now())

    def _reopen_rejected(self, deliverable):
        """Work again on a ticket whose solution the customer rejected."""
        if not self.env["helpdesk.ticket.stage"]._solves(self.stage_id.id):
            return
        stages = self.team_id.with_company(self.company_id)._get_applicable_stages()
        work = stages.filtered(lambda stage: stage.sla_solution == "run")[:1]
        if work and self._may_be_worked_on():
            self.stage_id = work
        self.message_post(
            body=self.env._(
                "%(deliverable)s was rejected by %(name)s: %(grounds)s",
                deliverable=deliverable.display_name,
                name=deliverable.answered_by,
                grounds=deliverable.grounds,
            ),
            subtype_xmlid="mail.mt_note",
        )


class HelpdeskTicketStage(models.Model):
    _inherit = "helpdesk.ticket.stage"

    @api.model
    @tools.ormcache("stage_id")
    def _solves(self, stage_id):
        """Tell whether a ticket in a stage counts as solved (R-A14)."""
        stage = self.sudo().browse(stage_id)
        return stage.sla_solution == "stop" and (stage.closed or stage.require_solution)
