from odoo import api, models

#: The cause of what was not foreseen.
CAUSE = "new_feature"


class HelpdeskTicket(models.Model):
    """A change request is a new feature: the customer authorises it first (R-B7)."""

    _inherit = "helpdesk.ticket"

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._add_change_cause(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._add_change_cause(vals))

    @api.model
    def _add_change_cause(self, vals):
        """Return the values with the cause of change requests, if they name none.

        Whether that is covered is the policy's to say, and the agent may correct it.
        """
        types = self.env["helpdesk.ticket.type"]
        if (
            "cause_id" in vals
            or vals.get("type_id") not in types._get_change_type_ids()
        ):
            return vals
        cause = self.env["helpdesk.coverage.reason"]._get(CAUSE)
        return {**vals, "cause_id": cause.id} if cause.active else vals
