from odoo import models
from odoo.exceptions import UserError


class HelpdeskSlaPolicy(models.Model):
    """A policy is put to work, or away, with its plans."""

    _inherit = "helpdesk.sla.policy"

    def _get_belongings(self):
        plans = self.env["helpdesk.support.plan"].with_context(active_test=False)
        own = plans.search([("policy_id", "in", self.ids)])
        return [own, *super()._get_belongings()]

    def _check_put_away(self):
        contracts = self.env["helpdesk.support.contract"].sudo()
        for policy in self:
            count = contracts.search_count(
                [
                    ("plan_id.policy_id", "=", policy.id),
                    ("state", "in", ("running", "ending", "suspended")),
                ]
            )
            if count:
                raise UserError(
                    self.env._(
                        "Contracts run on “%(policy)s” (%(count)s): let them end, or "
                        "move them to another plan, before you put it away.",
                        count=count,
                        policy=policy.name,
                    )
                )
        return super()._check_put_away()
