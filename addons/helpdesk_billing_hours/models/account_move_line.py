from odoo import api, fields, models
from odoo.exceptions import UserError

from .. import hours, linked

#: What only a run, a fee, a service credit or a reversal links.
LINKED = {
    "support_fee_id",
    "support_origin_line_id",
    "support_reversed_line_id",
    "support_service_credit_id",
}


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    # Two digits would turn 2:10 h into 2.17: the invoice charges whole minutes.
    quantity = fields.Float(
        digits="Invoiced Quantity", min_display_digits="Product Unit"
    )
    support_share_ids = fields.One2many(
        "helpdesk.hours.share", "move_line_id", string="Support Hours"
    )
    support_hours_count = fields.Integer(compute="_compute_support_hours_count")
    support_origin_line_id = fields.Many2one(
        "account.move.line",
        string="Line of the Hours",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        copy=False,
        help="The line whose hours this one credits, or charges again.",
    )
    support_credit_ids = fields.One2many(
        "helpdesk.hours.credit", "move_line_id", string="Hours to Credit"
    )
    support_contract_id = fields.Many2one(
        "helpdesk.support.contract",
        index="btree_not_null",
        ondelete="restrict",
        help="The contract that this line sells hours to.",
    )

    @api.depends("support_share_ids")
    def _compute_support_hours_count(self):
        for line in self:
            line.support_hours_count = len(line.sudo().support_share_ids)

    @api.model_create_multi
    def create(self, vals_list):
        refusal = self._get_link_refusal()
        vals_list = linked.receive(self, vals_list, LINKED, refusal)
        lines = super().create(vals_list)
        if any(vals.get("support_origin_line_id") for vals in vals_list):
            lines.sudo()._follow_support_origin()
        if any(vals.get("support_contract_id") for vals in vals_list):
            lines.filtered("support_contract_id").sudo()._grant_support_hours()
        if any(
            vals.get("support_fee_id") or vals.get("support_service_credit_id")
            for vals in vals_list
        ):
            lines.sudo()._follow_charges()
        return lines

    def write(self, vals):
        linked.check_not_written(self, vals, LINKED, self._get_link_refusal())
        result = super().write(vals)
        if "support_contract_id" in vals:
            self.sudo()._follow_sold_contract()
        return result

    def _get_link_refusal(self):
        return self.env._(
            "Only the program says whose hours, fee or service credit a line charges "
            "or credits: reverse the invoice instead."
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_release_support_hours(self):
        lines = self.sudo()
        lines._release_charges()
        packs = lines.env["helpdesk.hours.pack"]
        packs.search([("move_line_id", "in", lines.ids)]).unlink()
        for posted, own in lines.grouped(lambda ln: ln.move_id.posted_before).items():
            if not own.support_share_ids:
                continue
            if posted:
                own.support_share_ids.filtered(
                    lambda share: not share.reversal_of_id
                )._free()
            else:
                own.support_share_ids._release()

    def _copy_data_extend_business_fields(self, values):
        """Let a credit note, and the draft that replaces an invoice, know its hours."""
        result = super()._copy_data_extend_business_fields(values)
        if self.sudo().support_share_ids.filtered(lambda s: s.charge in hours.CHARGED):
            values["support_origin_line_id"] = self
        values.update(self.sudo()._prepare_support_reversal())
        return result

    def _follow_support_origin(self):
        """Propose the hours that a credit note frees; put freed ones on a new draft."""
        for line in self.filtered("support_origin_line_id"):
            origin = line.support_origin_line_id
            shares = origin.support_share_ids.filtered(
                lambda share: not share.reversal_of_id
            )
            if origin.move_type == "out_refund":  # what it credited is charged again
                shares = origin.support_share_ids.reversal_of_id
            if line.move_id.move_type == "out_refund":
                charged = shares.filtered(lambda s: not s.is_reversed)
                line.support_credit_ids.create(
                    [
                        {
                            "move_line_id": line.id,
                            "share_id": share.id,
                            "minutes": share.minutes,
                        }
                        for share in charged
                    ]
                )
                line._propose_credit(sum(charged.mapped("minutes")))
            elif line.move_id.move_type == "out_invoice":
                freed = shares.filtered("is_reversed")
                freed.filtered(lambda s: not s._get_charged_again())._renew(line)

    def _propose_credit(self, minutes):
        """Credit no more than what earlier credit notes left on the invoice."""
        if 0 <= minutes < self._get_support_minutes():
            places = self.currency_id.decimal_places
            price = self.price_unit * (1 - self.discount / 100)
            self.quantity = hours.to_quantity(minutes, price, places)

    def _get_support_minutes(self):
        """Return the minutes that this line charges by its quantity."""
        return round(self.quantity * 60)

    def _get_live_minutes(self):
        """Return the minutes of the hours that are on this line."""
        shares = self.sudo().support_share_ids
        return sum(
            share.minutes
            for share in shares
            if not share.is_reversed and not share.reversal_of_id
        )

    # Credit notes

    def _check_support_credit(self):
        """Fit the hours to credit to the quantity; ask which ones when it must."""
        for line in self.filtered("support_credit_ids"):
            credits = line.support_credit_ids.filtered(lambda c: c._is_live())
            if line.move_id.keeps_support_hours:
                credits.minutes = 0
                continue
            if credits:
                line._check_credited_price()
            wanted = line._get_support_minutes()
            if not credits or sum(credits.mapped("minutes")) == wanted:
                continue
            most = credits[:1].share_id.minutes
            if len(credits) == 1 and credits.minutes == most and 0 <= wanted <= most:
                credits.minutes = wanted
                continue
            most = sum(max(credit.share_id.minutes, 0) for credit in credits)
            if wanted > most:
                raise UserError(
                    self.env._(
                        "“%(line)s” credits %(hours)s hours, but no more than %(most)s "
                        "are charged still: lower the quantity.",
                        line=(line.name or "").split("\n")[0],
                        hours=hours.to_text(wanted),
                        most=hours.to_text(most),
                    )
                )
            raise UserError(
                self.env._(
                    "“%(line)s” credits %(hours)s hours, but it is not said which "
                    "ones: choose them with the button Hours to Credit, or tick The "
                    "Customer Keeps the Hours if it is a discount.",
                    line=(line.name or "").split("\n")[0],
                    hours=hours.to_text(wanted),
                )
            )

    def _check_credited_price(self):
        """Refuse to free hours for another price than they were invoiced at."""
        origin = self.support_origin_line_id
        if not origin or self.currency_id != origin.currency_id:
            return
        own, was = (
            line.price_unit * (1 - line.discount / 100) for line in (self, origin)
        )
        if self.currency_id.compare_amounts(own, was):
            raise UserError(
                self.env._(
                    "“%(line)s” credits %(own)s an hour, %(was)s were invoiced: put "
                    "that price back, or tick The Customer Keeps the Hours if it is a "
                    "discount. Else the hours would be charged anew.",
                    line=(self.name or "").split("\n")[0],
                    own=self.currency_id.format(own),
                    was=self.currency_id.format(was),
                )
            )

    def _free_support_hours(self):
        """Free the hours that these lines of a posted credit note credit."""
        for line in self.filtered("support_credit_ids"):
            for credit in line.support_credit_ids.filtered(lambda c: c._is_live()):
                if credit.minutes:
                    share = credit.share_id._free(line, credit.minutes)
                    credit.share_id = share

    # Packs

    def _grant_support_hours(self):
        """Give the hours that these lines sell to the customer's contract (R-A6).

        A year that was invoiced before and credited since keeps what was used of it;
        the new pack gives the rest.
        """
        packs = self.env["helpdesk.hours.pack"].sudo()
        sold = packs.search([("move_line_id", "in", self.ids)]).grouped("move_line_id")
        for line in self.filtered(lambda ln: ln.move_id.move_type == "out_invoice"):
            line._find_support_fee()
            if line._is_reversal():
                continue  # it undoes a credit note: the pack has its hours again
            amount, origin = line._get_sold_hours()
            pack = sold.get(line, packs)
            if not amount or line.quantity <= 0:
                pack.adjustment_ids.unlink()
                pack.unlink()  # the line sells none any more
                continue
            kept = line._get_kept_packs() - pack
            amount = max(0, amount - sum(other._get_hours() for other in kept))
            values = {"hours": amount}
            if line.parent_state == "posted" and origin == "extra":
                values["date_from"] = line.move_id.invoice_date
            if pack:
                pack.write(values)
            else:
                packs.create({**line._prepare_pack(origin), **values})

    def _get_kept_packs(self):
        """Return the packs of a fee's year, or of the lines that this one replaces.

        What was used of them the customer has; the line gives the rest.
        """
        if self.support_fee_id:
            return self.support_fee_id._get_packs()
        replaced, line = self.browse(), self.support_reversed_line_id
        while line and line not in replaced:
            replaced |= line
            line = line.support_reversed_line_id
        packs = self.env["helpdesk.hours.pack"].sudo()
        return packs.search([("move_line_id", "in", replaced.ids)])

    def _get_sold_hours(self):
        """Return the hours that this line sells, and whether for the plan's year."""
        if self.display_type != "product" or not self.product_id:
            return 0, ""
        if self.support_fee_id:
            return self.support_fee_id.hours * self.quantity, "plan"
        contract = self._get_sold_contract()
        row = contract.plan_id.price_ids.filtered(
            lambda row: row.product_id == self.product_id
        )[:1]
        if row:
            return row.hours * self.quantity, "plan"
        return self.product_id.support_hours * self.quantity, "extra"

    def _follow_sold_contract(self):
        """Give the hours of a draft to the contract that its line names now (R-A6)."""
        packs = self.env["helpdesk.hours.pack"]
        packs = packs.search([("move_line_id", "in", self.ids)])
        for line in packs.move_line_id:
            pack = packs.filtered(lambda pack, ln=line: pack.move_line_id == ln)
            if pack.contract_id == line._get_sold_contract():
                continue
            if line.move_id.posted_before or line.support_fee_id:
                raise UserError(
                    self.env._(
                        "%(pack)s belongs to %(contract)s by now: credit or delete the "
                        "line and sell it to the other contract.",
                        pack=pack.name,
                        contract=pack.contract_id.name,
                    )
                )
            pack.unlink()
            line._grant_support_hours()

    def _get_sold_contract(self):
        if self.support_contract_id:
            return self.support_contract_id
        moment = fields.Datetime.to_datetime(
            self.move_id.invoice_date or fields.Date.today()
        )
        contracts = self.env["helpdesk.support.contract"]
        return contracts._find_for(self.partner_id, self.company_id, moment)

    def _prepare_pack(self, origin):
        """Return the values of the pack that this line sells; writes nothing."""
        contract = self._get_sold_contract()
        if not contract:
            raise UserError(
                self.env._(
                    "%(product)s gives support hours, but %(customer)s has no "
                    "contract: make and sign one first, or choose the contract on the "
                    "line.",
                    product=self.product_id.display_name,
                    customer=self.partner_id.display_name,
                )
            )
        start = self.move_id.invoice_date or fields.Date.context_today(self)
        if self.support_fee_id:
            start = self.support_fee_id.date_from
        elif origin == "plan":
            granted = contract.pack_ids.filtered(lambda p: p.origin == "plan")
            open_years = [
                year
                for year in contract._get_years()
                if year not in granted.mapped("date_from")
            ]
            start = (open_years or [start])[0]
        product = self.product_id.with_context(
            lang=contract.partner_id.lang or self.env.lang
        )
        return {
            "name": product.display_name,
            "contract_id": contract.id,
            "origin": origin,
            "date_from": start,
            "move_line_id": self.id,
        }
