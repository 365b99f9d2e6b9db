from odoo import api, models
from odoo.exceptions import UserError


class HelpdeskSupportTermMixin(models.AbstractModel):
    """What a customer signed does not change under the signed contract.

    A model that is part of a policy or plan says which of its fields are agreed
    (the rest stays free), and to which policies or plans its records belong.
    """

    _name = "helpdesk.support.term.mixin"
    _description = "Term of a Signed Contract"

    @api.model
    def _get_agreed_fields(self):
        """Return the names of the fields that a signed contract keeps as they are."""
        return set()

    def _get_agreed_owners(self):
        """Return the policies or plans that these records are terms of."""
        return self.policy_id

    def _get_promised(self):
        """Return those of these records that the customer was promised."""
        return self

    @api.model_create_multi
    def create(self, vals_list):
        terms = super().create(vals_list)
        terms._get_promised()._check_not_agreed()
        return terms

    def write(self, vals):
        changed = self.filtered(lambda term: term._has_new_terms(vals))
        changed._get_promised()._check_not_agreed()
        result = super().write(vals)
        # Also what has only now become a promise, or come to a policy in force.
        changed._get_promised()._check_not_agreed()
        return result

    def unlink(self):
        self._get_promised()._check_not_agreed()
        return super().unlink()

    def _update_field_translations(
        self, field_name, translations, digest=None, source_lang=""
    ):
        if field_name in self._get_agreed_fields():
            self._get_promised()._check_not_agreed()
        return super()._update_field_translations(
            field_name, translations, digest=digest, source_lang=source_lang
        )

    def _has_new_terms(self, vals):
        """Tell whether values would change an agreed field of this record.

        The lines of a one2many are judged by themselves.
        """
        for name in self._get_agreed_fields() & vals.keys():
            field = self._fields[name]
            if field.type == "one2many":
                continue
            new = field.convert_to_cache(vals[name], self)
            old = field.convert_to_cache(self[name], self)
            if field.type == "many2many":
                new, old = set(new), set(old)
            if (new or False) != (old or False):
                return True
        return False

    def _check_not_agreed(self):
        """Raise UserError when a signed contract keeps these terms.

        What an addon brings with it when it is installed or updated is let in.
        """
        if not self or not self.env.registry.ready:
            return
        for owner in self._get_agreed_owners():
            contract = owner.sudo()._get_signed_contracts()[:1]
            if contract:
                raise UserError(
                    self.env._(
                        "“%(terms)s” is part of the signed contract %(contract)s and "
                        "does not change under it. Press New Version on it and change "
                        "that one: contracts move to it when they are renewed, or when "
                        "you change their plan.",
                        terms=owner.display_name,
                        contract=contract.name,
                    )
                )
