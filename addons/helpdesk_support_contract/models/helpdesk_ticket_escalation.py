from odoo import api, fields, models
from odoo.exceptions import UserError

EMERGENCY = "emergency"


class HelpdeskTicket(models.Model):
    """How customers escalate a ticket: in order, up to the level of their plan."""

    _inherit = "helpdesk.ticket"

    def _get_level_contact(self, level):
        contract = self.sudo().contract_id
        plan = contract and contract._get_plan_at(fields.Datetime.now())
        line = plan and plan.level_ids.filtered(lambda line: line.level == level)[:1]
        contact = super()._get_level_contact(level)
        if line:
            contact |= {"role": line.role, "channel": line.channel or ""}
        return contact

    def _get_highest_level(self):
        """Return the level up to which the customer may escalate (R-A12).

        Level 1 is for all; a higher one needs a contract in force now whose plan
        allows it: not one that ended or is suspended.
        """
        now = fields.Datetime.now()
        contract = self.sudo().contract_id
        if contract and contract._is_in_force(now):
            return contract._get_plan_at(now).max_level
        return "1"

    def _get_escalation_choices(self):
        """Return the levels and the emergency for the customer's page, as dicts.

        Each has its ``target``, ``title`` (level and role), ``role``, ``channel``
        and, when it cannot be asked for now, ``why`` not.
        """
        ticket = self.sudo()
        levels = ticket._fields["support_level"]._description_selection(self.env)
        choices = [
            {"target": level, "label": label, **ticket._get_level_contact(level)}
            for level, label in levels
        ]
        choices.append(
            {
                "target": EMERGENCY,
                "label": self.env._("Emergency"),
                "role": self.env["helpdesk.sla.escalation"]._get_operations_role(),
                "channel": "",
            }
        )
        for choice in choices:
            names = (choice.pop("label"), choice["role"])
            choice["title"] = ": ".join(filter(None, names))
            choice["why"] = ticket._refuse_escalation(choice["target"])
        return choices

    def _refuse_escalation(self, target):
        """Return why the customer cannot escalate to a target now, or False."""
        self.ensure_one()
        if self.stage_id.closed:
            return self.env._("This ticket is closed: answer on it, or open a new one.")
        if "0" < target < self.support_level:
            return self.env._("Your ticket is at level %s already.", self.support_level)
        if told := self._get_unanswered_escalation(target):
            return self.env._(
                "%(role)s was told on %(at)s: you will hear from us.",
                role=told._get_role(),
                at=told._format_at(),
            )
        if target == EMERGENCY:
            return False
        return self._refuse_level(target)

    def _refuse_level(self, level):
        labels = dict(self._fields["support_level"]._description_selection(self.env))
        if level not in labels:
            return self.env._("Choose one of the levels on this page.")
        if level > self._get_highest_level():
            return self._refuse_beyond_plan()
        if int(level) > int(self.support_level) + 1:
            return self.env._(
                "Levels go in order: ask for level %s first.",
                int(self.support_level) + 1,
            )
        return False

    def _refuse_beyond_plan(self):
        contract = self.contract_id
        highest = self._get_highest_level()
        if not contract:
            return self.env._("Without a support contract you can reach level 1.")
        if contract._is_in_force(fields.Datetime.now()):
            return self.env._("Your plan reaches up to level %s.", highest)
        state = dict(contract._fields["state"]._description_selection(self.env))
        return self.env._(
            "Your contract %(contract)s is not in force (%(state)s): you can reach "
            "level 1.",
            contract=contract.name,
            state=state[contract.state].lower(),
        )

    def _get_unanswered_escalation(self, target):
        """Return the customer's last call to a target, unless we have written since."""
        is_emergency = target == EMERGENCY
        asked = self.escalation_ids.filtered(
            lambda row: (
                row.requested_by_id
                and (row.origin == EMERGENCY) == is_emergency
                and (is_emergency or row.level_to == target)
            )
        ).sorted(lambda row: (row.at, row.id))[-1:]
        if not asked:
            return asked
        answered = self.event_ids.filtered(
            lambda event: event.reply == "team" and event.at > asked.at
        )
        undone = self.escalation_ids.filtered(
            lambda row: row.direction == "down" and row.at >= asked.at
        )
        return asked.browse() if answered or undone else asked

    @api.private
    def escalate_by_customer(self, partner, target, reason):
        """Escalate for a contact of the customer; return the row of the log.

        ``target`` is a level or "emergency". Raises UserError with what the customer
        can do instead. Two requests at once make one escalation.
        """
        self.ensure_one()
        self._lock_escalations()
        ticket = self.sudo()
        ticket._check_escalation_contact(partner, target)
        if refusal := ticket._refuse_escalation(target):
            raise UserError(refusal)
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Write why you escalate this ticket."))
        is_emergency = target == EMERGENCY
        return ticket._escalate(
            "3" if is_emergency else target,
            EMERGENCY if is_emergency else "customer",
            reason,
            partner=partner,
        )

    def _check_escalation_contact(self, partner, target):
        """Raise UserError for a contact who may not open tickets (R-C5).

        An emergency is for everybody who sees the ticket.
        """
        contract = self.contract_id
        if target == EMERGENCY or not contract or contract._may_open(partner):
            return
        policy = self.env["helpdesk.sla.policy"]
        is_asked = policy._get_admission_rules(self.sla_policy_id.id)[1]
        is_listed = partner in contract.contact_ids.partner_id
        if is_asked or is_listed or contract.only_authorized:
            people = contract.contact_ids.filtered("role_open").partner_id
            raise UserError(
                self.env._(
                    "Only contacts of your contract escalate tickets: ask %s.",
                    ", ".join(people.mapped("name")) or contract.owner_id.name or "–",
                )
            )
