from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

HOLD_REASONS = [
    ("no_contract", "No contract in force"),
    ("unauthorized", "Contact not authorised"),
]


class HelpdeskTicket(models.Model):
    """Which tickets are taken in: with a contract, from those who may open them.

    A ticket that is held, or that no promise holds for, has no policy in its
    ledger; once it is released a row at its receipt lets the clock count from there.
    """

    _inherit = "helpdesk.ticket"

    hold_reason = fields.Selection(
        HOLD_REASONS,
        string="Held",
        readonly=True,
        copy=False,
        index="btree_not_null",
        tracking=True,
        help="A held ticket has no running time. Once released it counts from its "
        "receipt.",
    )
    hold_notified_at = fields.Datetime(
        readonly=True, copy=False, help="When those who may release it were told."
    )
    released_at = fields.Datetime(readonly=True, copy=False)
    released_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, ondelete="set null"
    )
    release_reason = fields.Char(string="Reason to Release", copy=False, tracking=True)
    is_uncommitted = fields.Boolean(
        string="No Committed Times",
        readonly=True,
        copy=False,
        help="The customer has no contract in force: the ticket has the lowest "
        "severity and no committed times.",
    )
    refusal_reason = fields.Char(readonly=True, copy=False, tracking=True)

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        tickets._follow_admission()
        return tickets

    def write(self, vals):
        keys = {"environment_id", "hold_reason", "is_uncommitted"}
        untimed = self.browse()
        if keys & vals.keys():
            untimed = self.filtered(lambda ticket: not ticket._has_committed_times())
        result = super().write(vals)
        untimed.filtered(
            lambda ticket: ticket._has_committed_times()
        )._count_from_receipt()
        if {"contract_id", "partner_id", "team_id"} & vals.keys():
            self.filtered(lambda ticket: not ticket.closed)._judge_admission()
            self._follow_admission()
        elif "priority" in vals:
            self._keep_lowest_severity()
        return result

    # What the policy says

    def _judge_admission(self):
        """Write whether these tickets are held, or served without promises."""
        for ticket in self:
            verdict = ticket._get_admission()
            changed = {
                name: value for name, value in verdict.items() if ticket[name] != value
            }
            if changed:
                ticket.sudo().write(changed)

    def _get_admission(self):
        """Return what ``hold_reason`` and ``is_uncommitted`` shall be."""
        self.ensure_one()
        policy_id = self.sudo().sla_policy_id.id
        without, only_authorized = self.env["helpdesk.sla.policy"]._get_admission_rules(
            policy_id
        )
        verdict = {"hold_reason": False, "is_uncommitted": False}
        contract = self._get_contract_in_force()
        if not contract:
            if without == "lowest":
                verdict["is_uncommitted"] = True
            elif without and not self.released_at:
                verdict["hold_reason"] = "no_contract"
        elif not self.released_at and self.partner_id:
            is_asked = only_authorized or contract._get_terms().only_authorized
            if is_asked and not contract._may_open(self.partner_id, self.channel_id):
                verdict["hold_reason"] = "unauthorized"
        return verdict

    def _record_sla_events(self, changes=None, before=None, **kwargs):
        if changes == "created":
            self._admit_new()
        return super()._record_sla_events(changes, before, **kwargs)

    def _admit_new(self):
        """Judge tickets that are being created, before anything counts on them."""
        for ticket in self:
            verdict = ticket._get_admission()
            if verdict["is_uncommitted"]:
                verdict["priority"] = "0"
            for name, value in verdict.items():
                if ticket[name] != value:
                    # Written with the rest of the creation: no fact changes by it.
                    self._fields[name]._update_cache(ticket, value, dirty=True)

    def _follow_admission(self):
        """Refuse the tickets that the policy refuses; tell who may release others."""
        for ticket in self.filtered("hold_reason"):
            if ticket.closed or not ticket.active:
                continue
            if ticket.hold_reason == "unauthorized":
                ticket._tell_held()
            elif ticket._is_to_refuse():
                lang = ticket.partner_id.lang or self.env.lang
                reason = ticket.with_context(lang=lang)._describe_missing_contract()
                ticket._refuse(reason)
        self._keep_lowest_severity()

    def _is_to_refuse(self):
        """Tell whether the policy refuses this ticket for want of a contract (R-C2)."""
        self.ensure_one()
        if self.hold_reason != "no_contract" or not self.partner_id:
            return False
        policies = self.env["helpdesk.sla.policy"]
        without, _only = policies._get_admission_rules(self.sudo().sla_policy_id.id)
        return without == "refuse"

    def _keep_lowest_severity(self):
        """Keep tickets of customers without contract at the lowest severity (R-B1)."""
        raised = self.filtered(
            lambda ticket: ticket.is_uncommitted and (ticket.priority or "0") != "0"
        )
        if raised:
            raised.sudo().priority = "0"

    def _describe_missing_contract(self):
        """Return in words, for the customer, why no contract covers this ticket."""
        contract = self.sudo().contract_id
        if not contract:
            return self.env._("We have no support contract with you.")
        states = dict(contract._fields["state"]._description_selection(self.env))
        return self.env._(
            "Your support contract %(contract)s does not cover it: %(state)s.",
            contract=contract.name,
            state=states[contract._get_state_at(self.received_at)],
        )

    # The clock

    def _has_committed_times(self):
        """Tell whether promises hold for this ticket.

        They do not while it is held, without a contract where the policy says so
        (R-B1), and for what the provider does not supply (R-D4).
        """
        if self.hold_reason or self.is_uncommitted:
            return False
        environment = self.sudo().environment_id
        return not environment or environment.is_supplied

    def _get_sla_state(self):
        state = super()._get_sla_state()
        if not self._has_committed_times():
            state |= {"policy_id": False, "calendar_id": False}
        return state

    def _count_from_receipt(self):
        """Append a ledger row that lets the clocks of these tickets count from receipt.

        It says what the first row of the ticket says about its stage, and what holds
        now about everything else. Times before it without a promise do not count.
        """
        now, rows = fields.Datetime.now(), []
        stage_facts = (
            "stage_id",
            "response_effect",
            "solution_effect",
            "development",
            "diagnosed",
            "closed",
        )
        for ticket in self.sudo().filtered("sla_adopted"):
            first = ticket.event_ids.sorted(lambda event: (event.at, event.id))[:1]
            if not first:
                continue
            facts = ticket._get_sla_state()
            facts |= {name: first[name] for name in stage_facts}
            rows.append(
                {
                    **facts,
                    "stage_id": first.stage_id.id,
                    "ticket_id": ticket.id,
                    "company_id": ticket.company_id.id,
                    "at": first.at,
                    "recorded_at": now,
                    "user_id": self.env.uid,
                    "changes": "released",
                    "stage_name": first.stage_name,
                    "reply": False,
                    "note": ticket.release_reason,
                    "verdicts": None,
                }
            )
        self._append_sla_rows(rows)

    def _check_stage_requirements(self, before):
        result = super()._check_stage_requirements(before)
        for ticket in self.filtered("hold_reason"):
            stage = ticket.stage_id
            is_work = stage.sla_solution == "run" or (
                stage.sla_response == "stop"
                and stage.sla_solution not in ("stop", "void")
            )
            if before[ticket.id]["stage_id"] != stage.id and is_work:
                labels = dict(
                    self._fields["hold_reason"]._description_selection(self.env)
                )
                raise UserError(
                    self.env._(
                        "%(ticket)s is held (%(reason)s): write why and release it "
                        "before it is worked on.",
                        ticket=ticket.display_name,
                        reason=labels[ticket.hold_reason],
                    )
                )
        return result

    # Release and refusal

    def action_release(self):
        """Take in held tickets; the reason must be written first."""
        self.check_access("write")
        for ticket in self.filtered("hold_reason"):
            if not ticket.release_reason:
                raise UserError(
                    self.env._("Write the reason before you release the ticket.")
                )
            ticket._release(ticket.release_reason)

    def _release(self, reason):
        """Let held tickets count from their receipt on."""
        for ticket in self.sudo():
            ticket.write(
                {
                    "hold_reason": False,
                    "released_at": fields.Datetime.now(),
                    "released_by_id": self.env.uid,
                    "release_reason": reason,
                }
            )

    def _may_release(self, partner):
        """Tell whether a contact may release this held ticket (R-C5)."""
        self.ensure_one()
        contract = self.sudo().contract_id
        return self.hold_reason == "unauthorized" and contract._may_open(partner)

    def _release_by_contact(self):
        """Release a held ticket for the contact who is logged in (R-C5)."""
        self.ensure_one()
        partner = self.env.user.partner_id
        if not self._may_release(partner):
            raise AccessError(
                self.env._("Only a contact who may open tickets releases this one.")
            )
        self._release(self.env._("Released by %s", partner.name))

    def _tell_held(self):
        """Tell the contacts who may release this ticket, once (R-C5)."""
        self.ensure_one()
        ticket = self.sudo()
        if ticket.hold_notified_at:
            return
        contacts = ticket._get_releasers()
        ticket.hold_notified_at = fields.Datetime.now()
        template = self.env.ref("helpdesk_support_contract.mail_template_ticket_held")
        for contact in contacts:
            template.sudo().with_context(lang=contact.lang or self.env.lang).send_mail(
                ticket.id,
                email_values={"recipient_ids": [(4, contact.id)], "email_to": False},
            )
        names = ", ".join(contacts.mapped("name"))
        ticket._message_log(
            body=self.env._("Held until it is released. Told: %s", names)
            if names
            else self.env._(
                "Held until it is released. No contact of the contract with the role "
                "Open has an e-mail address: call the customer."
            )
        )

    def _get_releasers(self):
        """Return the contacts who may release this ticket and can be written to."""
        contract = self.sudo().contract_id
        contacts = contract.contact_ids.filtered("role_open").partner_id
        return contacts.filtered("email")

    def _refuse(self, reason):
        """Refuse these tickets and tell the customer why (R-C2, R-C6).

        They move to a stage that is void, so that they are outside every rate, or
        are archived when the team has none.
        """
        template = self.env.ref(
            "helpdesk_support_contract.mail_template_ticket_refused"
        )
        for ticket in self.sudo().with_context(sla_robot=True):
            stage = ticket._get_refusal_stage()
            values = {"stage_id": stage.id} if stage else {"active": False}
            ticket.write({"refusal_reason": reason, **values})
            ticket.message_post_with_source(
                template, email_layout_xmlid="mail.mail_notification_light"
            )

    def _get_refusal_stage(self):
        """Return the stage of refused tickets: the team's last void one, if any."""
        self.ensure_one()
        team = self.team_id.with_company(self.company_id)
        stages = team._get_applicable_stages()
        return stages.filtered(lambda stage: stage.sla_solution == "void")[-1:]
