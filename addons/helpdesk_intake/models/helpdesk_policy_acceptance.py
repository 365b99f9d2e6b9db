import hashlib

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import mute_logger


class HelpdeskPolicyAcceptance(models.Model):
    """Who accepted which version of a policy, when and from where (R-B8).

    Rows are only ever added, by the portal. Nobody edits them.
    """

    _name = "helpdesk.policy.acceptance"
    _description = "Policy Acceptance"
    _order = "accepted_at desc, id desc"
    _rec_name = "partner_id"
    _allow_sudo_commands = False

    policy_id = fields.Many2one(
        "helpdesk.sla.policy",
        string="SLA Policy",
        required=True,
        index=True,
        ondelete="restrict",
        readonly=True,
    )
    version = fields.Char(required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", required=True, index=True, ondelete="restrict", readonly=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Accepted By",
        required=True,
        index=True,
        ondelete="restrict",
        readonly=True,
    )
    commercial_partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="restrict",
        readonly=True,
        help="The customer at that time.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True
    )
    accepted_at = fields.Datetime(string="Accepted", required=True, readonly=True)
    ip = fields.Char(string="Address", readonly=True)
    lang = fields.Char(string="Language", readonly=True)
    text_hash = fields.Char(
        string="Fingerprint of the Text",
        required=True,
        readonly=True,
        help="SHA-256 of the text that was shown, in the language that was read.",
    )

    _once = models.Constraint(
        "UNIQUE (user_id, policy_id, version)",
        "This user has accepted this version already.",
    )

    def write(self, vals):
        if vals:
            raise UserError(
                self.env._("An acceptance is kept as it was given: nobody changes it.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("An acceptance is kept as it was given: nobody deletes it.")
        )

    @api.model
    def _record(self, policies, ip):
        """Record that the user of the environment accepts policies as they are now.

        Who accepts twice, or in two windows at once, has accepted once.
        """
        user = self.env.user
        for policy in self._get_pending(policies):
            vals = {
                "policy_id": policy.id,
                "version": policy._get_acceptance_version(),
                "user_id": user.id,
                "partner_id": user.partner_id.id,
                "commercial_partner_id": user.commercial_partner_id.id,
                "company_id": self.env.company.id,
                "accepted_at": fields.Datetime.now(),
                "ip": ip,
                "lang": self.env.lang,
                "text_hash": self._get_hash(policy),
            }
            try:
                with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                    self.sudo().create(vals)
            except UniqueViolation:
                continue

    @api.model
    def _get_pending(self, policies):
        """Return which policies the user must still accept, in their version."""
        asking = policies.sudo().filtered("ask_acceptance")
        if not asking:
            return asking
        accepted = self.sudo().search(
            [("user_id", "=", self.env.uid), ("policy_id", "in", asking.ids)]
        )
        done = {(row.policy_id, row.version) for row in accepted}
        return asking.filtered(
            lambda policy: (policy, policy._get_acceptance_version()) not in done
        )

    @api.model
    def _get_hash(self, policy):
        """Return the SHA-256 of the text that the user reads, in hexadecimal."""
        text = str(policy._get_acceptance_text())
        return hashlib.sha256(text.encode()).hexdigest()
