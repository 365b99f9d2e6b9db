from odoo import fields, models

#: Role names, in the order of the contract's list, and what they allow.
ROLES = ("open", "estimates", "hours", "billing", "close", "deliverables", "admin")


class HelpdeskSupportContact(models.Model):
    _name = "helpdesk.support.contact"
    _description = "Support Contact"
    _order = "contract_id, id"
    _rec_name = "partner_id"

    contract_id = fields.Many2one(
        "helpdesk.support.contract", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True)
    partner_id = fields.Many2one(
        "res.partner", string="Contact", required=True, index=True, ondelete="cascade"
    )
    role_open = fields.Boolean(
        string="Opens Tickets", default=True, help="May report and follow tickets."
    )
    role_estimates = fields.Boolean(
        string="Approves Estimates",
        help="May authorise billable hours before they are worked.",
    )
    role_hours = fields.Boolean(
        string="Approves Hours", help="May approve the hours that were worked."
    )
    role_billing = fields.Boolean(
        string="Approves Billing",
        help="Sees hours, prices and invoices, and approves them.",
    )
    role_close = fields.Boolean(
        string="Closes Tickets", default=True, help="May say that a ticket is solved."
    )
    role_deliverables = fields.Boolean(
        string="Accepts Deliverables", help="May accept or reject what is delivered."
    )
    role_admin = fields.Boolean(
        string="Manages Contacts",
        help="Keeps the contacts of the contract and their roles on the portal.",
    )
    is_phone_authorized = fields.Boolean(
        string="Authorised by Phone", help="May open tickets by phone."
    )

    _partner_uniq = models.Constraint(
        "UNIQUE (contract_id, partner_id)",
        "This contact is on the contract already: change its roles there.",
    )

    def _describe_roles(self):
        """Return the roles of this contact in words."""
        names = [*(f"role_{role}" for role in ROLES), "is_phone_authorized"]
        labels = self.fields_get(names, ["string"])
        return ", ".join(
            labels[name]["string"] for name in names if self[name]
        ) or self.env._("no roles")
