from odoo import models

from ..spreadsheet import DAY, MINUTES, MONEY, Book, Column


class HelpdeskHoursStatement(models.Model):
    """The statement as a spreadsheet: balances, packs, and every line of hours."""

    _inherit = "helpdesk.hours.statement"

    def _make_sheet(self):
        """Return the statement as the bytes of an XLSX file."""
        self.ensure_one()
        data = self._get_report_data()
        statement = data["statement"]
        env, book = statement.env, Book()
        book.add(
            env._("Hours"),
            self._get_line_columns(data),
            [
                self._prepare_line_cells(section, row)
                for section in data["sections"]
                for row in section["rows"]
            ],
            {
                "ticket": env._("Total"),
                "real": data["real"],
                "accounted": data["accounted"],
            },
        )
        balances = [self._prepare_balance_cells(s) for s in data["sections"]]
        total = self._prepare_balance_cells({**data, "contract": None})
        book.add(
            env._("Summary"),
            self._get_balance_columns(data),
            balances,
            {**total, "contract": env._("Total")},
            [statement.partner_id.display_name, statement._tell_period()],
        )
        if data["has_packs"]:
            book.add(
                env._("Packs"),
                self._get_pack_columns(env),
                [
                    cells
                    for section in data["sections"]
                    for cells in self._prepare_pack_cells(section, env)
                ],
            )
        return book.get_bytes()

    # Lines

    def _get_line_columns(self, data):
        env = data["statement"].env
        columns = [
            Column("contract", env._("Contract"), 14),
            Column("date", env._("Date"), 11, DAY),
            Column("start", env._("Start"), 8),
            Column("ticket", env._("Ticket"), 36),
            Column("agent", env._("Agent"), 20),
            Column("work", env._("Work Type"), 16),
            Column("description", env._("Description"), 36),
            Column("real", env._("Real Hours"), 11, MINUTES),
            Column("accounted", env._("Accounted"), 11, MINUTES),
            Column("label", env._("Charge"), 12),
            Column("pack_of", env._("Pack Of"), 12),
            Column("reason", env._("Reason"), 50),
            Column("amount", env._("Amount"), 12, MONEY),
            Column("currency", env._("Currency"), 9),
            Column("move", env._("Invoice"), 18),
        ]
        hidden = set() if data["with_money"] else {"amount", "currency", "move"}
        if not any(section["shows_agents"] for section in data["sections"]):
            hidden.add("agent")
        if not any(r["pack_of"] for s in data["sections"] for r in s["rows"]):
            hidden.add("pack_of")
        return [column for column in columns if column.key not in hidden]

    def _prepare_line_cells(self, section, row):
        """Return the cells of a line; writes nothing."""
        return {
            **row,
            "contract": section["contract"].name or "",
            "ticket": row["ticket"].display_name,
            "agent": row["agent"] if section["shows_agents"] else "",
            "amount": row["amount"] or None,
            "currency": row["currency"].name if row["amount"] else "",
            "move": row["move"].name or "",
        }

    # Balances

    def _get_balance_columns(self, data):
        env = data["statement"].env
        titles = {
            "opening": env._("Opening balance"),
            "granted": env._("Granted"),
            "adjusted": env._("Adjusted"),
            "credited": env._("Credited"),
            "used": env._("Used"),
            "expired": env._("Expired"),
            "closing": env._("Closing balance"),
        }
        columns = [Column("contract", env._("Contract"), 24)]
        if data["has_packs"]:
            columns += [
                Column(key, title, 14, MINUTES) for key, title in titles.items()
            ]
        columns += [
            Column("real", env._("Real Hours"), 11, MINUTES),
            Column("accounted", env._("Accounted"), 11, MINUTES),
            Column("billable", env._("To Pay"), 11, MINUTES),
        ]
        if data["with_money"]:
            columns += [
                Column(f"amount_{currency.id}", currency.name, 12, MONEY)
                for currency, _amount in data["totals"]
            ]
        return columns

    def _prepare_balance_cells(self, section):
        """Return the cells of a section, or of all of them; writes nothing."""
        roll = section["roll"]
        return {
            "contract": section["contract"] and section["contract"].name or "",
            **{name: getattr(roll, name) for name in roll.__slots__},
            "used": -roll.used,
            "expired": -roll.expired,
            **{name: section[name] for name in ("real", "accounted", "billable")},
            **{f"amount_{c.id}": amount for c, amount in section["totals"]},
        }

    # Packs

    def _get_pack_columns(self, env):
        return [
            Column("contract", env._("Contract"), 14),
            Column("date", env._("Date"), 11, DAY),
            Column("label", env._("Change"), 14),
            Column("name", env._("Pack"), 36),
            Column("minutes", env._("Hours"), 11, MINUTES),
            Column("until", env._("Usable Through"), 14, DAY),
        ]

    def _prepare_pack_cells(self, section, env):
        """Return the cells of what packs were given and lost; writes nothing."""
        contract = section["contract"].name or ""
        rows = [{**row, "contract": contract} for row in section["grants"]]
        rows += [
            {
                **row,
                "contract": contract,
                "label": env._("Expired"),
                "minutes": -row["minutes"],
            }
            for row in section["expiries"]
        ]
        rows += [
            {
                "contract": contract,
                "label": env._("Used"),
                "name": name or env._("Other contracts"),
                "minutes": -minutes,
            }
            for name, minutes in section["lent"]
        ]
        return rows

    def _get_balance_lines(self, section):
        """Return ``(name, title, signed minutes)`` from opening to closing."""
        env, roll = self.env, section["roll"]
        lent = sum(minutes for _name, minutes in section.get("lent", ()))
        return [
            ("opening", env._("Opening balance"), roll.opening),
            ("granted", env._("Granted"), roll.granted),
            ("adjusted", env._("Adjusted"), roll.adjusted),
            ("credited", env._("Credited"), roll.credited),
            ("used", env._("Used"), lent - roll.used),
            ("lent", env._("Used by other contracts"), -lent),
            ("expired", env._("Expired"), -roll.expired),
            ("closing", env._("Closing balance"), roll.closing),
        ]
