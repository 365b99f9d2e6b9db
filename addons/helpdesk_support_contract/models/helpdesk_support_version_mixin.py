from odoo import api, fields, models


class HelpdeskSupportVersionMixin(models.AbstractModel):
    """A policy or a plan: it has versions, and copies for one customer (R-E7)."""

    _name = "helpdesk.support.version.mixin"
    _inherit = ["helpdesk.support.term.mixin"]
    _description = "Policy or Plan with Versions"

    version = fields.Integer(
        default=1, required=True, copy=False, readonly=True, aggregator=None
    )
    is_newest = fields.Boolean(compute="_compute_is_newest", search="_search_is_newest")
    partner_id = fields.Many2one(
        "res.partner",
        string="Only for",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('parent_id', '=', False)]",
        help="The customer that this was made for. Empty: it can be sold to everybody.",
    )
    signed_count = fields.Integer(
        string="Signed Contracts",
        compute="_compute_signed_count",
        help="Signed contracts that rest on this version: its terms do not change.",
    )

    def _compute_is_newest(self):
        for terms in self:
            versions = terms._get_family().filtered("active").mapped("version")
            terms.is_newest = terms.version >= max(versions, default=0)

    def _search_is_newest(self, operator, value):
        if operator != "in":
            return NotImplemented
        newest = {}
        for terms in self.sudo().search([("active", "=", True)], order="version"):
            newest[terms.origin_id or terms] = terms.id
        return [("id", "in", list(newest.values()))]

    def _compute_signed_count(self):
        for terms in self:
            terms.signed_count = len(terms.sudo()._get_signed_contracts())

    @api.depends("name", "version")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for terms in self:
            terms.display_name = (
                self.env._(
                    "%(name)s (v%(version)s)", name=terms.name, version=terms.version
                )
                if terms.version > 1
                else terms.name
            )

    def _get_agreed_owners(self):
        return self

    def _get_signed_contracts(self):
        """Return the signed contracts that rest on these policies or plans."""
        raise NotImplementedError

    def _get_family(self):
        """Return all versions of this policy or plan, archived ones too."""
        self.ensure_one()
        first = self.origin_id or self._origin
        terms = self.with_context(active_test=False)
        return terms.search(
            ["|", ("id", "=", first.id), ("origin_id", "=", first.id)],
            order="version",
        ).with_env(self.env)

    def _get_newest(self):
        """Return the newest version that is not archived, else this one."""
        return self._get_family().filtered("active")[-1:] or self

    def _prepare_version(self):
        """Return what the next version of this policy or plan has of its own."""
        family = self._get_family()
        return {
            "origin_id": (self.origin_id or self).id,
            "version": family[-1:].version + 1,
            "active": True,
        }

    def _make_version(self, **values):
        """Return the next version, or the newest one that nobody has signed yet."""
        self.ensure_one()
        newest = self._get_newest()
        if newest.version > self.version and not newest.signed_count:
            return newest
        keeping = self.with_context(keep_name=True)
        return keeping.copy({**self._prepare_version(), **values}).with_env(self.env)

    def _make_copy_for(self, partner, **values):
        """Return a copy bound to a customer and named after it (R-E7)."""
        self.ensure_one()
        copy = self.with_context(keep_name=True).copy(
            {"partner_id": partner.id, **values}
        )
        for lang, _name in self.env["res.lang"].get_installed():
            named = copy.with_context(lang=lang)
            named.name = f"{named.name} – {partner.name}"
        return copy.with_env(self.env)

    def action_new_version(self):
        """Open the next version, to be changed before it is signed."""
        return self._make_version()._get_records_action()
