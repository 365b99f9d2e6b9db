from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from odoo.addons.helpdesk_sla_policy import clock

from .. import linked


class HelpdeskSupportContract(models.Model):
    """Which contracts use each other's packs: renewals, and those that agree so.

    Packs are taken by work date across all of them, the oldest expiry first. Hours
    beyond the packs stay each contract's own agreement.
    """

    _inherit = "helpdesk.support.contract"

    shares_packs_of_id = fields.Many2one(
        "helpdesk.support.contract",
        string="Shares the Packs Of",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        copy=False,
        tracking=True,
        domain="[('id', '!=', id), ('partner_id', '=', partner_id)]",
        help="Both contracts of the customer use the packs of both. A renewal shares "
        "the packs of the contract that it renews without being told.",
    )
    hours_pool_id = fields.Many2one(
        "helpdesk.support.contract",
        compute="_compute_hours_pool_id",
        store=True,
        recursive=True,
        index="btree_not_null",
        help="The first of the contracts that share packs. Empty: this one.",
    )
    shared_pack_ids = fields.Many2many(
        "helpdesk.hours.pack",
        string="Packs of Other Contracts",
        compute="_compute_shared_pack_ids",
        help="Packs of contracts that share theirs with this one.",
    )

    @api.depends("renewal_of_id.hours_pool_id", "shares_packs_of_id.hours_pool_id")
    def _compute_hours_pool_id(self):
        for contract in self:
            before = contract.shares_packs_of_id or contract.renewal_of_id
            contract.hours_pool_id = before.hours_pool_id or before

    def _compute_shared_pack_ids(self):
        for contract in self:
            packs = contract._get_pool_packs()
            contract.shared_pack_ids = packs - contract.pack_ids

    @api.constrains("shares_packs_of_id", "partner_id", "company_id")
    def _check_shares_packs_of(self):
        for contract in self.filtered("shares_packs_of_id"):
            if contract.renewal_of_id:
                raise ValidationError(
                    self.env._(
                        "%(contract)s renews %(renewed)s and shares its packs: say "
                        "there whose packs they share.",
                        contract=contract.name,
                        renewed=contract.renewal_of_id.name,
                    )
                )
            if contract.shares_packs_of_id.partner_id != contract.partner_id:
                raise ValidationError(
                    self.env._("Only contracts of one customer can share packs.")
                )
            seen, other = contract, contract.shares_packs_of_id
            while other:
                if other in seen:
                    raise ValidationError(
                        self.env._(
                            "%s shares the packs of this contract already.",
                            contract.shares_packs_of_id.name,
                        )
                    )
                seen |= other
                other = other.shares_packs_of_id or other.renewal_of_id

    def write(self, vals):
        linked.check_not_written(
            self,
            vals,
            {"hours_pool_id"},
            self.env._("Say on the contract whose packs it shares."),
        )
        if "shares_packs_of_id" not in vals:
            return super().write(vals)
        before = self._get_pool_members()
        result = super().write(vals)
        packs = before.pack_ids
        if packs.filtered(lambda pack: not pack._is_settled_within_pool()):
            raise UserError(
                self.env._(
                    "Hours of a shared pack are settled: these contracts go on "
                    "sharing their packs."
                )
            )
        (before | self)._reallocate_hours()
        return result

    def _get_hours_pool(self):
        """Return the contract that stands for all that share packs with these."""
        pool = self.browse()
        for contract in self:
            pool |= contract.hours_pool_id or contract
        return pool

    def _get_pool_members(self):
        """Return all contracts that share packs with these, and these."""
        pool = self.sudo()._get_hours_pool()
        members = pool.with_context(active_test=False).search(
            ["|", ("id", "in", pool.ids), ("hours_pool_id", "in", pool.ids)]
        )
        return members.with_context(active_test=True)

    def _get_pool_packs(self):
        """Return the packs that these contracts use, adjustments aside."""
        packs = self._get_pool_members().pack_ids
        return packs.filtered(lambda pack: not pack.adjusts_id)

    def _get_plain_packs(self):
        """Return the packs for hours.py, with those whose invoice is to come."""
        records = (self._get_pool_packs(), self._get_waiting_fees())
        return [record._get_plain() for some in records for record in some]

    def _has_packs_on(self, day):
        """Tell whether packs pay for covered hours of a day, used up or not.

        Packs of other contracts count on the days on which they can be used.
        """
        packs = self._get_pool_packs().filtered(
            lambda pack: (
                pack._get_hours()
                and (
                    pack.contract_id == self
                    or pack.date_from <= day <= pack._get_last_day()
                )
            )
        )
        return bool(packs or self._get_waiting_fees())

    def _queue_for_packs(self):
        """Let transactions that change or charge the same packs follow each other.

        The later one fails to serialise and is tried again by Odoo; else both would
        count on the same minutes.
        """
        pool = self.sudo()._get_hours_pool()
        if pool:
            self.env.cr.execute(
                SQL(
                    "UPDATE helpdesk_support_contract SET write_date = write_date "
                    "WHERE id IN (SELECT id FROM helpdesk_support_contract "
                    "WHERE id IN %s ORDER BY id FOR NO KEY UPDATE)",
                    tuple(pool.ids),
                )
            )

    def _get_series(self):
        """Return the first of the contracts that this one renews, or itself."""
        first = self.sudo()
        while first.renewal_of_id:
            first = first.renewal_of_id
        return first

    def _get_on(self, day):
        """Return this contract, or the signed renewal that goes on with it on a day."""
        noon = clock.instant(f"{day} 12:00", self.tz or "UTC")
        return self._get_at(clock.to_datetime(noon))

    def _get_consents(self):
        """Return the minutes beyond the packs that each contract allows in a month.

        None: any. Contracts without a standing consent are left out.
        """
        return {
            contract.id: round(contract.overage_cap * 60) or None
            for contract in self._get_pool_members().filtered("has_overage_consent")
        }

    def _prepare_renewal(self):
        """Let what was agreed once and for all go on in the renewal."""
        names = ("has_overage_consent", "overage_price", "overage_cap")
        return {**super()._prepare_renewal(), **{name: self[name] for name in names}}
