from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, html2plaintext

from .helpdesk_deliverable_warranty import UNWARRANTED

#: PostgreSQL's text searches by the first letters of the customer's language.
SEARCHES = {
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fr": "french",
    "it": "italian",
    "nl": "dutch",
    "pt": "portuguese",
}
TEXT_LIMIT = 4000


class HelpdeskTicket(models.Model):
    """Which delivery a reported fault is about: found by the words of the ticket."""

    _inherit = "helpdesk.ticket"

    def _get_claimable_domain(self):
        """Return the domain of what was delivered to this ticket's customer."""
        return (
            Domain("partner_id", "=", self.commercial_partner_id.id)
            & Domain("delivered_at", "!=", False)
            & Domain("answer", "not in", UNWARRANTED)
            & Domain("ticket_id", "!=", self.id)
            & Domain("kind", "!=", "estimate")
        )

    def _suggest_deliverables(self, words=None, limit=8):
        """Return the customer's deliverables that share words with this ticket.

        Under warranty first, then the most words in common. ``words`` replaces the
        ticket's own. The cost follows what this customer was delivered.
        """
        self.ensure_one()
        ticket = self.sudo()
        if words is None:
            words = f"{ticket.name or ''} {html2plaintext(ticket.description or '')}"
        language = ticket.partner_id.lang or self.env.lang or ""
        deliverables = self.env["helpdesk.deliverable"].sudo()
        query = deliverables._search(ticket._get_claimable_domain())
        rows = self.env.execute_query(
            SQL(
                """
                WITH asked AS (
                    SELECT replace(plainto_tsquery(%(search)s, %(words)s)::text,
                                   '&', '|')::tsquery AS words
                ), own AS (
                    SELECT deliverable.id, deliverable.warranty_ends_at,
                           setweight(to_tsvector(%(search)s, concat_ws(' ',
                               deliverable.number, deliverable.name,
                               deliverable.module, origin.number)), 'A')
                           || to_tsvector(%(search)s, concat_ws(' ',
                               regexp_replace(coalesce(deliverable.specification, ''),
                                              '<[^>]+>', ' ', 'g'),
                               origin.name)) AS text
                      FROM helpdesk_deliverable deliverable
                      JOIN helpdesk_ticket origin ON origin.id = deliverable.ticket_id
                     WHERE deliverable.id IN %(own)s
                )
                SELECT own.id
                  FROM own, asked
                 WHERE own.text @@ asked.words
                 ORDER BY coalesce(own.warranty_ends_at > %(received)s, false) DESC,
                          ts_rank(own.text, asked.words) DESC, own.id DESC
                 LIMIT %(limit)s
                """,
                search=SEARCHES.get(language[:2], "simple"),
                words=words[:TEXT_LIMIT],
                own=query.subselect(),
                received=ticket.received_at,
                limit=limit,
            )
        )
        found = deliverables.browse(row_id for (row_id,) in rows)
        return found.sudo(self.env.su)

    def action_find_deliverable(self):
        """Open the deliveries that fit this ticket, each to be claimed with a click."""
        self.ensure_one()
        found = self._suggest_deliverables()
        domain = (
            Domain("id", "in", found.ids) if found else self._get_claimable_domain()
        )
        view = self.env.ref("helpdesk_warranty.helpdesk_deliverable_view_list_claim")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Deliveries with the Words of the Ticket")
            if found
            else self.env._("Deliveries of the Customer"),
            "res_model": "helpdesk.deliverable",
            "view_mode": "list",
            "views": [(view.id, "list")],
            "target": "new",
            "domain": list(domain),
            "context": {"claim_ticket_id": self.id, "create": False},
        }

    def _claim(self, deliverable):
        """Let a contact of the customer say which delivery this ticket is about.

        Raises UserError once somebody has said so, or when it was not delivered to
        this customer; AccessError for who cannot read the ticket.
        """
        self.ensure_one()
        self.check_access("read")
        ticket = self.sudo()
        if ticket.stage_id.closed or ticket.deliverable_id:
            raise UserError(
                self.env._("This ticket says already what it is about: write to us.")
            )
        if not deliverable.sudo().filtered_domain(ticket._get_claimable_domain()):
            raise AccessError(
                self.env._("Choose something that we delivered to your company.")
            )
        ticket.deliverable_id = deliverable
        ticket.message_post(
            body=self.env._(
                "%(name)s says that this is about %(deliverable)s.",
                name=self.env.user.name,
                deliverable=deliverable.sudo().display_name,
            ),
            author_id=self.env.user.partner_id.id,
            subtype_xmlid="mail.mt_note",
        )
