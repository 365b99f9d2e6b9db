from odoo import api, fields, models

from .helpdesk_service_credit import SHOWN

#: What decides whether the contract covers its tickets.
JUDGING = {
    "date_end",
    "date_start",
    "is_signed",
    "plan_id",
    "service_ids",
    "suspended_since",
    "tz",
}
#: How many credits the page of a contract names; the others are in their list.
SHOWN_LIMIT = 5


class HelpdeskSupportContract(models.Model):
    _inherit = "helpdesk.support.contract"

    @api.model_create_multi
    def create(self, vals_list):
        contracts = super().create(vals_list)
        contracts._wake_coverage()
        return contracts

    def write(self, vals):
        result = super().write(vals)
        if {"date_start", "date_end", "tz", "is_signed"} & vals.keys():
            self._wake_coverage()
        if JUDGING & vals.keys():
            requests = self.env["helpdesk.coverage.refresh"]
            judged = self | self.renewal_of_id  # whose tickets go on under these
            requests._request([("contract_id", "in", judged.ids)])
        return result

    def _wake_coverage(self):
        """Have coverage judged again in the minute in which a contract turns (R-A9)."""
        now = fields.Datetime.now()
        signed = self.filtered("is_signed")
        moments = signed.mapped("starts_at") + signed.mapped("ends_at")
        moments = {moment for moment in moments if moment and moment > now}
        if moments:
            cron = self.env.ref("helpdesk_warranty.ir_cron_refresh_coverage").sudo()
            cron._trigger(sorted(moments))

    def _get_authorizers(self):
        """Return who approves billable work: by role, else the service owner (R-B4)."""
        self.ensure_one()
        contract = self.sudo()
        partners = contract._get_role_partners("estimates")
        return partners or contract.owner_id.filtered(
            lambda owner: (
                owner.active and owner.commercial_partner_id == contract.partner_id
            )
        )

    def _get_shown_credits(self, partner):
        """Return the service credits that a contact may see: decided, by role."""
        credits = self.env["helpdesk.service.credit"]
        if not self._has_role(partner, "billing"):
            return credits
        return credits.sudo().search(
            [("contract_id", "=", self.id), ("state", "in", SHOWN)], limit=SHOWN_LIMIT
        )
