from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.tools import email_normalize

from .helpdesk_support_contact import ROLES

MAX_LENGTH = 100
FLAGS = (*(f"role_{role}" for role in ROLES), "is_phone_authorized")


class HelpdeskSupportContract(models.Model):
    """The customer's own administrator keeps the contacts (R-C5).

    These methods are called as the administrator's user and check the role first.
    They never give anybody a log-in, and never touch another company's people.
    """

    _inherit = "helpdesk.support.contract"

    def _check_administrator(self):
        """Raise AccessError unless the user administers this contract."""
        self.ensure_one()
        user = self.env.user
        contract = self.sudo()
        is_theirs = user.partner_id.commercial_partner_id == contract.partner_id
        if not (
            is_theirs
            and contract.is_signed
            and contract._has_role(user.partner_id, "admin")
        ):
            raise AccessError(
                self.env._("Only who administers the contract keeps its contacts.")
            )

    def _add_contact(self, name, email, phone, flags):
        """Add a contact of the own company by name and e-mail; return it.

        ``flags`` are names of FLAGS. Who is there already, by e-mail, is taken.
        """
        self._check_administrator()
        contract = self.sudo()
        name, phone = (name or "").strip(), (phone or "").strip()
        normalized = email_normalize(email or "")
        if not name or len(name) > MAX_LENGTH or len(phone) > MAX_LENGTH:
            raise UserError(self.env._("Write the name of the person, as Ana Mora."))
        if not normalized:
            raise UserError(self.env._("Write one e-mail address, as ana@example.com."))
        partners = self.env["res.partner"].sudo()
        partner = partners.search(
            [
                ("id", "child_of", contract.partner_id.id),
                ("email_normalized", "=", normalized),
                ("is_company", "=", False),
            ],
            limit=1,
        )
        if partner in contract.contact_ids.partner_id:
            raise UserError(
                self.env._(
                    "%s is on the contract already: change the roles there.",
                    partner.name,
                )
            )
        if not partner:
            partner = partners.create(
                {
                    "name": name,
                    "email": normalized,
                    "phone": phone,
                    "parent_id": contract.partner_id.id,
                    "company_id": contract.partner_id.company_id.id,
                    "lang": contract.partner_id.lang,
                }
            )
        contact = contract.contact_ids.create(
            {
                "contract_id": contract.id,
                "partner_id": partner.id,
                **{name: name in flags for name in FLAGS},
            }
        )
        self._log_contact(
            self.env._(
                "%(name)s (%(email)s) was added: %(roles)s",
                name=partner.name,
                email=normalized,
                roles=contact._describe_roles(),
            )
        )
        return contact

    def _set_contact_roles(self, contact_id, flags):
        """Give a contact of this contract exactly the roles that are named."""
        self._check_administrator()
        contact = self._get_own_contact(contact_id)
        values = {name: name in flags for name in FLAGS}
        if not values["role_admin"]:
            self._check_somebody_administers(contact)
        before = contact._describe_roles()
        contact.write(values)
        after = contact._describe_roles()
        if before != after:
            self._log_contact(
                self.env._(
                    "Roles of %(name)s: %(before)s → %(after)s",
                    name=contact.partner_id.name,
                    before=before,
                    after=after,
                )
            )

    def _remove_contact(self, contact_id):
        """Take a contact off this contract; the person stays in the address book."""
        self._check_administrator()
        contact = self._get_own_contact(contact_id)
        self._check_somebody_administers(contact)
        name = contact.partner_id.name
        contact.unlink()
        self._log_contact(self.env._("%s was removed from the contacts", name))

    def _get_own_contact(self, contact_id):
        """Return a contact of this contract, and of no other."""
        contact = self.sudo().contact_ids.filtered(lambda c: c.id == contact_id)
        if not contact:
            raise UserError(self.env._("This person is not on the contract any more."))
        return contact

    def _check_somebody_administers(self, contact):
        """Refuse to leave the contract without anybody who administers it."""
        others = self.sudo().contact_ids - contact
        if contact.role_admin and not any(others.mapped("role_admin")):
            raise UserError(
                self.env._(
                    "Somebody must administer the contract: give the role to another "
                    "person first."
                )
            )

    def _log_contact(self, body):
        """Write in the contract's chatter what its administrator did."""
        self.sudo().message_post(
            body=body,
            author_id=self.env.user.partner_id.id,
            subtype_xmlid="mail.mt_note",
        )
