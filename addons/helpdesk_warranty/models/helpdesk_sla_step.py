from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.helpdesk_sla_policy import clock

from .. import terms
from .helpdesk_sla_target import METRICS, TERMS


class HelpdeskSlaStep(models.Model):
    """Reminders on a day of the term, and what its end does (R-B5)."""

    _inherit = "helpdesk.sla.step"

    metric = fields.Selection(
        selection_add=METRICS,
        ondelete={"acceptance": "cascade", "correction": "cascade"},
    )
    basis = fields.Selection(
        selection_add=[
            ("business_day", "On a business day of the term"),
            ("term_end", "At the end of the term"),
        ],
        ondelete={"business_day": "cascade", "term_end": "cascade"},
    )
    action = fields.Selection(
        selection_add=[
            ("remind", "Remind the customer to answer"),
            ("accept", "Count silence as acceptance"),
        ],
        ondelete={"remind": "cascade", "accept": "cascade"},
    )

    @api.constrains("metric", "basis", "action", "amount")
    def _check_term(self):
        for step in self:
            on_term = step.basis in ("business_day", "term_end")
            if on_term and step.metric not in TERMS:
                raise ValidationError(
                    self.env._(
                        "Only the terms of deliverables have days and an end: choose "
                        "another moment for “%s”.",
                        step.display_name,
                    )
                )
            if step.basis == "business_day" and (
                step.amount < 1 or step.amount != int(step.amount)
            ):
                raise ValidationError(
                    self.env._("Say on which day of the term, as 3: days are whole.")
                )
            if step.action in ("remind", "accept") and step.metric != "acceptance":
                raise ValidationError(
                    self.env._("Customers answer in the term of acceptance only.")
                )
            if step.action == "accept" and step.basis != "term_end":
                raise ValidationError(
                    self.env._("Silence accepts at the end of the term, not before.")
                )

    def _describe(self):
        if self.basis == "business_day":
            return self.env._("on business day %s of the term", f"{self.amount:g}")
        if self.basis == "term_end":
            return self.env._("at the end of the term")
        return super()._describe()

    def _get_plain(self, hours_per_day):
        since = clock.to_instant(self.active_from)
        if self.basis == "business_day":
            return terms.DayStep(self.id, self.basis, 0, 0, since, int(self.amount))
        if self.basis == "term_end":
            return terms.EndStep(self.id, self.basis, 0, 0, since)
        return super()._get_plain(hours_per_day)
