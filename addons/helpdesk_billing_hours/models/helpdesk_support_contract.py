from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

#: What an invoice is overdue by.
OVERDUE_FACTS = (
    "commercial_partner_id",
    "company_id",
    "invoice_date_due",
    "move_type",
    "payment_state",
    "state",
)


class HelpdeskSupportContract(models.Model):
    _inherit = "helpdesk.support.contract"

    hour_price = fields.Monetary(
        string="Price per Hour",
        tracking=True,
        help="What an hour costs that neither the plan nor a pack covers, before "
        "taxes. An authorisation fixes its own price. 0: the plan's price, else that "
        "of the type of work, else the price list's.",
    )
    pricelist_id = fields.Many2one(
        "product.pricelist",
        string="Price List",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="Empty: the customer's price list.",
    )
    has_overage_consent = fields.Boolean(
        string="Hours Beyond the Packs Agreed",
        tracking=True,
        copy=False,
        help="The customer agreed once and for all to pay hours beyond the packs.",
    )
    overage_price = fields.Monetary(
        string="Price Beyond the Packs",
        tracking=True,
        copy=False,
        help="The agreed price of an hour beyond the packs, before taxes. 0: the price "
        "per hour.",
    )
    overage_cap = fields.Float(
        string="Hours a Month at Most",
        tracking=True,
        copy=False,
        help="More needs an authorisation. 0: no limit.",
    )
    invoice_grouping = fields.Selection(
        [
            ("contract", "One invoice for each contract"),
            ("customer", "One invoice for all contracts"),
            ("ticket", "One invoice for each ticket"),
        ],
        string="Invoices of Hours",
        required=True,
        default="contract",
        help="How the customer prefers the invoices of support hours.",
    )
    shows_covered_hours = fields.Boolean(
        string="Invoices Show Covered Hours",
        help="Lines at 0.00 say which hours the plan, a pack or the warranty covered.",
    )
    project_id = fields.Many2one(
        "project.project",
        string="Project of Hours",
        index="btree_not_null",
        check_company=True,
        domain="[('allow_timesheets', '=', True)]",
        help="Where hours on this contract's tickets are kept. Empty: the team's "
        "project, else the company's project of support.",
    )
    pack_ids = fields.One2many(
        "helpdesk.hours.pack", "contract_id", string="Packs of Hours"
    )
    hours_left = fields.Float(compute="_compute_hours_left")
    overdue_since = fields.Date(
        compute="_compute_overdue_since",
        help="Due date of the customer's oldest invoice that is overdue.",
    )

    _overage_check = models.Constraint(
        "CHECK (overage_cap >= 0 AND overage_price >= 0)",
        "Price and limit of the hours beyond the packs cannot be negative.",
    )

    def _compute_hours_left(self):
        for contract in self:
            today = contract._get_today()
            contract.hours_left = sum(
                pack.hours_left
                for pack in contract._get_pool_packs()
                if pack.is_usable and pack.date_from <= today <= pack._get_last_day()
            )

    @api.depends("partner_id")
    def _compute_overdue_since(self):
        """Find overdue invoices now, grace days of the plan aside (R-A9)."""
        terms = {contract: contract._get_terms() for contract in self}
        moves = self.env["account.move"]
        moves.flush_model(OVERDUE_FACTS)
        rows = self.env.execute_query(
            SQL(
                "SELECT commercial_partner_id, company_id, min(invoice_date_due) "
                "FROM account_move WHERE commercial_partner_id = ANY(%s) "
                "AND move_type = 'out_invoice' AND state = 'posted' "
                "AND payment_state IN ('not_paid', 'partial') "
                "AND invoice_date_due < %s GROUP BY 1, 2",
                [of_contract.customer_id for of_contract in terms.values()],
                fields.Date.today(),
            )
        )
        oldest = {(customer, company): due for customer, company, due in rows}
        for contract in self:
            key = (terms[contract].customer_id, terms[contract].company_id)
            contract.overdue_since = oldest.get(key, False)

    @api.constrains("has_overage_consent", "plan_id", "currency_id")
    def _check_overage_price(self):
        for contract in self.filtered("has_overage_consent"):
            if not contract.overage_price and not contract._get_hour_price():
                raise ValidationError(
                    self.env._(
                        "%s: write the price of an hour beyond the packs that the "
                        "customer agreed to.",
                        contract.display_name,
                    )
                )

    def write(self, vals):
        result = super().write(vals)
        rules = {"has_overage_consent", "overage_cap", "plan_id", "calendar_id"}
        if rules & vals.keys():
            self._reallocate_hours()
        return result

    def _get_today(self):
        """Return today's date in the customer's zone."""
        return fields.Date.context_today(
            self.with_context(tz=self._get_terms().tz or "UTC")
        )

    def _get_hour_price(self, work_type=None, date=None, moment=None):
        """Return the price of an hour before taxes in the contract's currency.

        The contract's, else the plan's, the work type's, the price list's; None when
        nobody set one. The plan is that of the work's moment (naive UTC), or of now.
        """
        self.ensure_one()
        date = date or fields.Date.context_today(self)
        work_type = work_type or self.env["helpdesk.work.type"]
        if self.hour_price:
            return self.hour_price
        plan = self._get_plan_at(moment) if moment else self.plan_id
        plan_price = self._get_agreed_price(plan, "hour_price")
        for price, owner in (
            (plan_price, plan),
            (work_type.hour_price, work_type),
        ):
            if price:
                return owner.currency_id._convert(
                    price, self.currency_id, self.company_id, date
                )
        return work_type._get_listed_price(
            self.partner_id, self.company_id, self.currency_id, date, self.pricelist_id
        )

    def _get_product_price(self, product):
        """Return a product's price before taxes in the contract's currency.

        By the price list of the contract, else the customer's.
        """
        self.ensure_one()
        today = fields.Date.context_today(self)
        customer = self.partner_id.with_company(self.company_id)
        return product._get_support_price(
            self.pricelist_id or customer.property_product_pricelist,
            self.currency_id,
            self.company_id,
            today,
        )

    def _reallocate_hours(self):
        """Charge again what is not settled on tickets that share these packs."""
        tickets = self.env["helpdesk.ticket"].sudo().with_context(active_test=False)
        members = self._get_pool_members()
        tickets.search(
            [("contract_id", "in", members.ids), ("timesheet_ids", "!=", False)]
        )._reallocate_hours()
