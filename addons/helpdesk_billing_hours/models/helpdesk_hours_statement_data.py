from odoo import models
from odoo.fields import Domain

from .. import ledger
from ..hours import CHARGED


class HelpdeskHoursStatement(models.Model):
    """What a statement says: a section for each contract, and one for the rest.

    A section has the packs of its contract and the hours of its contract, whichever
    pack paid for them; so it stays the same when contracts begin to share packs. Each
    one sums up to the minute, or raises ValueError.
    """

    _inherit = "helpdesk.hours.statement"

    def _get_data(self):
        """Return what the statement says to whom it is told, in the right language.

        Counted by accounting date: late hours are in the first period that was open,
        with their real date. Minutes, whole; amounts before taxes.
        """
        self.ensure_one()
        scope = self._get_scope()
        statement = self.sudo().with_context(lang=self._get_lang())
        sections = statement._get_sections(scope)
        rolls = ledger.Roll()
        for section in sections:
            rolls += section["roll"]
        return {
            "statement": statement,
            "customer": statement.partner_id,
            "sections": sections,
            "has_packs": any(section["has_packs"] for section in sections),
            "with_money": any(section["with_money"] for section in sections),
            "roll": rolls.check(),
            "given": rolls.granted + rolls.adjusted + rolls.credited,
            **{
                name: sum(section[name] for section in sections)
                for name in ("real", "accounted", "billable")
            },
            "totals": self._get_totals(
                [row for section in sections for row in section["rows"]]
            ),
            "is_final": statement.is_final,
        }

    def _get_lang(self):
        """Return the language of the statement: the reader's, else the customer's."""
        lang = self.env.context.get("statement_lang")
        return lang or self.sudo().partner_id.lang or None

    def _get_report_data(self):
        """Return what the printed statement says to the user, who may read it."""
        self.check_access("read")  # any user may ask for a report by its address
        return self._get_data()

    # Sections

    def _get_sections(self, scope):
        """Return the sections that are told: contracts by date, then the rest."""
        shares = self._get_shares()
        shares.mapped("line_id.employee_id")  # read together
        contracts = self._get_contracts(shares)
        ledgers = self._get_ledgers(contracts)
        own = shares.grouped("contract_id")
        sections = []
        for contract in [*contracts, contracts.browse()]:
            if scope.shows(contract):
                section = self._get_section(
                    contract,
                    own.get(contract, shares.browse()),
                    shares.filtered(
                        lambda s, c=contract: c and s.pack_id.contract_id == c
                    ),
                    {
                        p: terms
                        for p, terms in ledgers.items()
                        if p.contract_id == contract
                    },
                    scope,
                )
                if self._is_told(section):
                    sections.append(section)
        return sections

    def _get_contracts(self, shares):
        """Return the contracts that may have a section, in the order of their dates."""
        contracts = self.contract_id
        if contracts:
            contracts = contracts._get_pooled_contracts()
        else:
            contracts = contracts.with_context(active_test=False).search(
                [
                    ("partner_id", "=", self.partner_id.id),
                    ("company_id", "=", self.company_id.id),
                ]
            )
            mine = shares.filtered(lambda s: s.partner_id == self.partner_id)
            contracts |= mine.contract_id
        return contracts.sorted(lambda c: (c.date_start, c.id))

    def _get_told_contracts(self):
        """Return the contracts of which it tells something, to whoever may read it."""
        sections = self.sudo()._get_sections(self.sudo()._get_scope())
        told = self.env["helpdesk.support.contract"].union(
            *(section["contract"] for section in sections)
        )
        return told & self.contract_id if self.contract_id else told

    def _is_told(self, section):
        """Tell whether there is anything to say: of a contract in force, always."""
        contract = section["contract"]
        if section["rows"] or any(
            getattr(section["roll"], name) for name in ledger.Roll.__slots__
        ):
            return True
        if self.contract_id:
            return contract == self.contract_id
        return (
            contract.is_signed
            and contract.date_start <= self.date_to
            and contract.date_end >= self.date_from
        )

    def _get_ledgers(self, contracts):
        """Return ``{pack: (terms, grants, uses)}`` of the packs of contracts."""
        packs = contracts.pack_ids.filtered(lambda pack: not pack.adjusts_id)
        return packs._get_ledger()

    def _get_section(self, contract, shares, uses, ledgers, scope):
        """Return what the statement says of a contract, or of none.

        ``shares`` are the hours of the contract, ``uses`` those that its packs paid
        for; most are both.
        """
        period = (self.date_from, self.date_to)
        roll, expiries = ledger.Roll(), []
        for pack, (terms, given, used) in ledgers.items():
            roll += ledger.roll_forward(terms, given, used, *period)
            expiries += [
                {"date": day, "name": pack.name, "minutes": minutes}
                for day, minutes in ledger.get_expiries(terms, given, used, *period)
            ]
        with_money = scope.bills(contract)
        rows = self._get_rows(shares, with_money, scope)
        packs = self.env["helpdesk.hours.pack"].union(*ledgers)
        section = {
            "contract": contract,
            "has_packs": bool(packs),
            "with_money": with_money,
            "shows_agents": self._shows_agents(contract, rows),
            "roll": roll,
            "lent": self._get_lent(uses - shares, scope),
            "grants": self._get_grants(packs),
            "expiries": expiries,
            "rows": rows,
            "real": sum(row["real"] for row in rows),
            "accounted": sum(row["accounted"] for row in rows),
            "billable": sum(
                row["accounted"] for row in rows if row["charge"] in CHARGED
            ),
            "totals": self._get_totals(rows),
        }
        self._check_sums(section)
        return section

    def _shows_agents(self, contract, rows):
        """Tell whether the policy lets customers read who worked."""
        if contract:
            return not contract.policy_id.hides_agents
        return any(row["agent"] for row in rows)

    def _get_lent(self, shares, scope):
        """Return ``(name, minutes)`` of hours of other contracts from these packs.

        Contracts that the reader does not see have no name.
        """
        lent = {}
        for share in shares:
            contract = share.contract_id
            name = contract.name if scope.shows(contract) else ""
            lent[name] = lent.get(name, 0) + share.minutes
        return [(name, minutes) for name, minutes in lent.items() if minutes]

    def _check_sums(self, section):
        """Raise ValueError unless the lines explain the balance to the minute."""
        roll, contract = section["roll"].check(), section["contract"]
        given = sum(row["minutes"] for row in section["grants"])
        used = sum(minutes for _name, minutes in section["lent"]) + sum(
            row["accounted"]
            for row in section["rows"]
            if row["charge"] == "pack" and not row["pack_of"]
        )
        expired = sum(row["minutes"] for row in section["expiries"])
        sums = (roll.granted + roll.adjusted + roll.credited, roll.used, roll.expired)
        if sums != (given, used, expired):
            raise ValueError(
                f"{self.display_name} ({contract.name}): {sums} minutes were granted, "
                f"used and expired, but the lines say {(given, used, expired)}"
            )

    def _get_grants(self, packs):
        """Return a dict for each grant, adjustment and credit of the period."""
        rows = self.env["helpdesk.hours.grant"].search(
            [
                ("root_id", "in", packs.ids),
                ("accounting_date", ">=", self.date_from),
                ("accounting_date", "<=", self.date_to),
            ]
        )
        kinds = dict(rows._fields["kind"]._description_selection(self.env))
        return [
            {
                "date": row.accounting_date,
                "name": row.pack_id.name,
                "kind": row.kind,
                "label": kinds[row.kind],
                "minutes": row.minutes,
                "until": row.root_id.date_to,
            }
            for row in rows
        ]

    # Hours

    def _get_shares_domain(self):
        """Return the domain of the hours of the customer, and of the own packs."""
        if self.contract_id:
            pool = self.contract_id._get_pooled_contracts().ids
            about = Domain("contract_id", "in", pool)
            return about | Domain("pack_id.contract_id", "in", pool)
        about = Domain("partner_id", "=", self.partner_id.id)
        about |= Domain("pack_id.partner_id", "=", self.partner_id.id)
        return about & Domain("company_id", "=", self.company_id.id)

    def _get_shares(self):
        """Return the rows of the ledger that count in the period, freed ones too."""
        shares = self.env["helpdesk.hours.share"]
        closed = shares._get_closed_until(self.company_id, self.partner_id)
        settled = Domain("settled", "=", True)
        settled &= Domain("accounting_date", ">=", self.date_from)
        found = shares.search(
            self._get_shares_domain()
            & Domain("accounting_date", "<=", self.date_to)
            & (settled | Domain("settled", "=", False))
        )
        return found.filtered(
            lambda s: (
                s.settled
                or self.date_from
                <= s._get_accounting_date(s.accounting_date, closed)
                <= self.date_to
            )
        )
