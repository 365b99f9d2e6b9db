from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .. import similarity

#: How many tickets are read and compared: the customer's newest, and others whose
#: title shares a word.
OF_CUSTOMER = 200
OF_OTHERS = 200
#: For how many days a closed ticket may still be what another one repeats.
DAYS = 180
#: What is less alike is not shown.
LOWEST = 0.12
#: How much of a long description is compared, in characters.
LENGTH = 4000

#: Accents are folded before words are stemmed: customers leave them out.
_FOLD = (
    r"regexp_replace(translate(lower(%s), 'áéíóúüñ', 'aeiouun'), "
    r"'([cs])ion\M', '\1ión', 'g')"
)


def fold(text):
    """Return SQL of a text as its words are stemmed."""
    return SQL(_FOLD, text)


def stems(text):
    """Return SQL of the tsvector of a text, as the index has it."""
    return SQL("to_tsvector('spanish'::regconfig, %s)", fold(text))


class HelpdeskTicket(models.Model):
    """Find what a ticket repeats, mark it with one click, and undo that (R-B3)."""

    _inherit = "helpdesk.ticket"

    duplicate_from_stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        string="Stage before the Duplicate",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="Where the ticket goes when it is found not to be a duplicate.",
    )

    _title_words_idx = models.Index(
        "USING gin (to_tsvector('spanish'::regconfig, "
        + (_FOLD.replace("%s", "name"))
        + "))"
    )

    @api.readonly
    def get_similar_tickets(self, limit=5):
        """Return what this ticket may repeat, as dicts for the form, the best first.

        Only tickets that the user may read, of the same company.
        """
        self.ensure_one()
        self.check_access("read")
        module = self._get_intake_module()
        found = self._find_similar(
            self.name,
            self.description,
            self._get_similar_domain(),
            self.commercial_partner_id,
            module,
            limit=limit,
        )
        return [self._describe_similar(*line, module) for line in found]

    def _get_similar_domain(self):
        """Return where to look: not closed for long, no duplicate, the same company."""
        since = fields.Datetime.subtract(fields.Datetime.now(), days=DAYS)
        return (
            Domain("id", "!=", self.id)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("duplicate_id", "=", False)
            & (
                Domain("stage_id.closed", "=", False)
                | Domain("last_stage_update", ">=", since)
            )
        )

    @api.model
    def _find_similar(self, title, text, domain, customer, module="", limit=5):
        """Return ``(ticket, score, words)`` of the tickets most alike.

        The candidates come from two indexes, some hundreds at most, whatever the size
        of the table; they are ranked by similarity.py.
        """
        words = self._get_words(title, text)
        if not words:
            return []
        ids = set()
        if customer:
            of_customer = domain & Domain("commercial_partner_id", "=", customer.id)
            ids.update(self._search(of_customer, limit=OF_CUSTOMER, order="id desc"))
        ids.update(self._search_by_title(domain, sorted(set(words.values()))))
        if not ids:
            return []
        mine = similarity.Text.make(0, *self._get_stems(title, text))
        ranked = similarity.rank(mine, self._read_texts(ids))
        by_stem = {}
        for word, stem in words.items():
            by_stem.setdefault(similarity.unify(stem), word)
        tickets = self.browse([key for key, _score, _words in ranked])
        modules = tickets._get_intake_modules()
        lines = []
        for ticket, (_key, score, shared) in zip(tickets, ranked, strict=True):
            is_same = customer and ticket.commercial_partner_id == customer
            same_module = module and modules.get(ticket.id) == module.strip().lower()
            score = score * (1 - similarity.SAME_CUSTOMER - similarity.SAME_MODULE)
            score += similarity.SAME_CUSTOMER if is_same else 0
            score += similarity.SAME_MODULE if same_module else 0
            lines.append((ticket, score, [by_stem.get(stem, stem) for stem in shared]))
        lines.sort(key=lambda line: (-line[1], -line[0].id))
        return [line for line in lines[:limit] if line[1] >= LOWEST]

    def _search_by_title(self, domain, words):
        """Return the ids of tickets whose title has one of the stems, newest first."""
        query = self._get_title_query(domain, words)
        return [row[0] for row in self.env.execute_query(query)]

    def _get_title_query(self, domain, words):
        """Return SQL of the ids of tickets whose title has one of the stems."""
        query = self._search(domain)
        asked = SQL("%s::tsquery", " | ".join(f"'{word}'" for word in words))
        name = SQL.identifier(self._table, "name")
        query.add_where(SQL("%s @@ %s", stems(name), asked))
        query.order = SQL("%s DESC", SQL.identifier(self._table, "id"))
        query.limit = OF_OTHERS
        return query.select()

    @api.model
    def _get_words(self, title, text):
        """Return the words of a ticket with their stems, those without one left out."""
        query = SQL(
            r"""SELECT word, (ts_lexize('spanish_stem', %s))[1]
                  FROM regexp_split_to_table(lower(%s), '[^[:alnum:]]+') word
                 WHERE length(word) > 1""",
            fold(SQL("word")),
            self._get_plain(title, text),
        )
        rows = self.env.execute_query(query)
        return {word: stem for word, stem in rows if stem and "'" not in stem}

    @api.model
    def _get_plain(self, title, text):
        """Return SQL of title and text without markup."""
        return SQL(
            r"%s || ' ' || regexp_replace(%s, '<[^>]*>|&[a-z]+;', ' ', 'g')",
            title or "",
            (str(text) if text else "")[:LENGTH],
        )

    @api.model
    def _get_stems(self, title, text):
        """Return the stems of a title and of a text, as two lists."""
        plain = self._get_plain("", text)
        query = SQL(
            "SELECT tsvector_to_array(%s), tsvector_to_array(%s)",
            stems(SQL("%s", title or "")),
            stems(plain),
        )
        return self.env.execute_query(query)[0]

    @api.model
    def _read_texts(self, ids):
        """Return the stems of tickets, as similarity.Text."""
        self.flush_model(["name", "description"])
        query = SQL(
            r"""SELECT id, tsvector_to_array(%s), tsvector_to_array(%s)
                  FROM helpdesk_ticket WHERE id = ANY(%s)""",
            stems(SQL("name")),
            stems(
                SQL(
                    r"regexp_replace(left(description, %s), '<[^>]*>|&[a-z]+;', "
                    r"' ', 'g')",
                    LENGTH,
                )
            ),
            list(ids),
        )
        return [
            similarity.Text.make(row[0], row[1] or (), row[2] or ())
            for row in self.env.execute_query(query)
        ]

    def _get_intake_module(self):
        """Return the module that the customer named, or an empty text."""
        return self._get_intake_modules().get(self.id, "")

    def _get_intake_modules(self):
        """Return the modules that customers named, by ticket id, in small letters."""
        answers = self.env["helpdesk.intake.answer"].sudo()
        return {
            answer.ticket_id.id: (answer.value or "").strip().lower()
            for answer in answers.search_fetch(
                [("ticket_id", "in", self.ids), ("key", "=", "module")],
                ["ticket_id", "value"],
            )
        }

    def _describe_similar(self, ticket, score, words, module):
        """Return one line of the list: which ticket, how alike and why."""
        customer = ticket.commercial_partner_id
        is_same = customer == self.commercial_partner_id
        reasons = []
        if is_same and customer:
            reasons.append(self.env._("same customer"))
        if module and ticket._get_intake_module() == module:
            reasons.append(self.env._("same module: %s", module))
        if words:
            reasons.append(self.env._("words: %s", ", ".join(words[:6])))
        return {
            "id": ticket.id,
            "number": ticket.number,
            "name": ticket.name,
            "customer": customer.name or ticket.partner_name or "",
            "stage": ticket.stage_id.name,
            "closed": ticket.stage_id.closed,
            "received": fields.Datetime.to_string(ticket.received_at),
            "score": round(score * 100),
            "reason": "; ".join(reasons),
            "may_mark": self._may_repeat(ticket),
        }

    def _may_repeat(self, ticket):
        """Tell whether a ticket may be marked as repeating another one.

        Not across customers: who reported it would be answered nowhere.
        """
        customers = self.commercial_partner_id | ticket.commercial_partner_id
        return len(customers) < 2 and self.company_id == ticket.company_id

    # Marking

    def action_mark_duplicate(self, original_id):
        """Mark this ticket as repeating another one: out of the statistics (R-B3)."""
        self.ensure_one()
        self.check_access("write")
        original = self.browse(original_id).exists()
        if not original:
            raise UserError(
                self.env._("That ticket is not there any more: look for others again.")
            )
        original.check_access("read")
        if not self._may_repeat(original):
            raise UserError(
                self.env._(
                    "%s is another customer's: link them in the messages instead, so "
                    "that each customer is answered.",
                    original.display_name,
                )
            )
        self.sudo().duplicate_from_stage_id = self.stage_id
        # The wizard is for agents who see all tickets; who may write one may mark it.
        wizard = self.env["helpdesk.ticket.duplicate.wizard"].sudo()
        wizard.create(
            {
                "ticket_id": self.id,
                "duplicate_of_id": original.id,
                "target_stage_id": self._get_duplicate_stage().id,
            }
        ).action_confirm()
        self._tell_duplicate(original)

    def _tell_duplicate(self, original):
        """Tell the customer once where we go on: by the closing notice, else so."""
        ticket = self.with_context(
            sla_robot=True, lang=self.partner_id.lang or self.env.lang
        )
        body = ticket.env._(
            "This ticket repeats %s: we go on there.", original.display_name
        )
        if self._get_notice("closing"):
            ticket.message_post(body=body, subtype_xmlid="mail.mt_note")
            return
        ticket.message_post(
            body=body,
            message_type="auto_comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.partner_id.ids,
        )

    def _get_duplicate_stage(self):
        """Return where duplicates go: the company's choice, else a void stage."""
        stage = self.company_id.helpdesk_mgmt_duplicate_ticket_stage_id
        stages = self.team_id.with_company(self.company_id)._get_applicable_stages()
        if stage in stages:
            return stage
        return stages.filtered(
            lambda stage: stage.closed and stage.sla_solution == "void"
        )[:1]

    def action_unmark_duplicate(self):
        """Take the mark back: the ticket returns to the stage in which it was."""
        for ticket in self:
            ticket.check_access("write")
            if not ticket.duplicate_id:
                continue
            stages = ticket.team_id.with_company(
                ticket.company_id
            )._get_applicable_stages()
            stage = ticket.sudo().duplicate_from_stage_id & stages
            stage = stage or stages.filtered(lambda stage: not stage.closed)[:1]
            values = {"duplicate_id": False, "duplicate_from_stage_id": False}
            if stage and ticket.stage_id == ticket._get_duplicate_stage():
                values["stage_id"] = stage.id
            ticket.write(values)
