import hashlib

from odoo import fields, models

from .. import hours


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    hours_approval_line_ids = fields.One2many(
        "helpdesk.hours.approval.line", "ticket_id", string="Hours Approved"
    )


class HelpdeskHoursShare(models.Model):
    """Executed hours wait for the customer's approval where the policy says so."""

    _inherit = "helpdesk.hours.share"

    def _get_hold(self):
        hold = super()._get_hold()
        if not hold and self._needs_approval() and not self._is_approved():
            return "not_approved"
        return hold

    def _needs_approval(self):
        """Tell whether the customer approves these hours before a run (R-B4).

        What is given back needs none, nor what nobody on a contract could approve.
        """
        policy = self.ticket_id.sla_policy_id
        asked = {"billed": hours.CHARGED}
        asked["all"] = (*asked["billed"], "pack")
        return (
            bool(self.contract_id)
            and self.minutes > 0
            and self.charge in asked.get(policy.hours_approval, ())
        )

    def _is_approved(self):
        """Tell whether the customer approved these hours as they are now."""
        lines = self.ticket_id.hours_approval_line_ids
        keys = {line.key for line in lines if line.state == "approved"}
        return bool(keys) and self._get_approval_key() in keys

    def _get_approval_key(self):
        """Return a text that changes with anything that the customer is shown."""
        line = self.line_id or self.source_line_id
        facts = (
            self.ticket_id.id,
            self.contract_id.id,
            self.kind,
            self.charge,
            self.minutes,
            self.first_minute,
            self.band or "",
            fields.Date.to_string(self.work_date),
            self.authorization_id.id,
            line.id,
            line._get_minutes() if line else 0,
            fields.Datetime.to_string(line.started_at) if line.started_at else "",
            line.work_type_id.id,
            line.name or "",
            line.employee_id.id,
            self._get_currency().id,
            self._get_price() if self.charge in hours.CHARGED else 0,
        )
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:40]

    def _prepare_approval_line(self, key, hides_agent):
        """Return what the customer is shown of shares with this key; writes nothing."""
        share = self[:1]
        line = share.line_id or share.source_line_id
        is_charged = share.charge in hours.CHARGED
        price = share._get_price() if is_charged else 0
        minutes = sum(self.mapped("minutes"))
        return {
            "ticket_id": share.ticket_id.id,
            "line_id": line.id,
            "kind": share.kind,
            "charge": share.charge,
            "key": key,
            "work_date": share.work_date,
            "start": share._get_local_start(),
            "agent": False if hides_agent else line.employee_id.name,
            "name": line.name,
            "reason": share.reason,
            "real_minutes": line._get_minutes() if share.kind == "work" else 0,
            "minutes": minutes,
            "price_unit": price,
            "amount": share._get_currency().round(price * minutes / 60),
        }

    def action_ask_approval(self):
        """Prepare what the customers are asked to approve; open it."""
        approvals = self.env["helpdesk.hours.approval"]
        approvals.check_access("create")
        return approvals._make(self.sudo())._get_records_action(
            name=self.env._("Approvals of Hours")
        )
