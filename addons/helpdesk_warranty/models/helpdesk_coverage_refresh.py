from odoo import api, fields, models
from odoo.fields import Domain

#: So many tickets are judged with the edit that concerns them, more by the job.
AT_ONCE = 100
#: So many requests are looked at together, to work off once what asks the same.
LIMIT = 1000


class HelpdeskCoverageRefresh(models.Model):
    """Open tickets that an edit elsewhere concerns and a job still has to judge."""

    _name = "helpdesk.coverage.refresh"
    _description = "Coverage to Be Judged Again"
    _order = "id"
    _rec_name = "domain"

    domain = fields.Json(required=True, help="Which tickets, whatever their stage.")
    after_id = fields.Integer(
        default=0,
        aggregator=None,
        help="The last ticket that was judged: the job goes on after it.",
    )

    @api.model
    def _request(self, domain):
        """Have the open tickets of a domain judged again: a few at once, many soon.

        The cost follows the tickets concerned; customers of several are told once.
        """
        tickets = self.env["helpdesk.ticket"].sudo()
        found = tickets.search(
            Domain(domain) & Domain("stage_id.closed", "=", False),
            limit=AT_ONCE + 1,
            order="id",
        )
        if len(found) <= AT_ONCE:
            return found._judge_coverage_together()
        self.sudo().create({"domain": list(domain)})
        cron = self.env.ref("helpdesk_warranty.ir_cron_refresh_coverage")
        return cron.sudo()._trigger()

    @api.model
    def _take(self):
        """Return the next request, without those that ask the same, or nothing.

        The last of them began after all the edits: it starts from its own beginning.
        """
        requests = self.search([], limit=LIMIT)
        same = requests.filtered(lambda other: other.domain == requests[:1].domain)
        same[:-1].unlink()
        return same[-1:]

    def _find_ticket_ids(self):
        """Return the ids of the open tickets that are left, in their order."""
        domain = Domain(self.domain) & Domain("stage_id.closed", "=", False)
        tickets = self.env["helpdesk.ticket"]
        return list(
            tickets._search(domain & Domain("id", ">", self.after_id), order="id")
        )

    def _judge(self, ticket_ids):
        """Judge a batch again, and remember where to go on."""
        self.env["helpdesk.ticket"].browse(ticket_ids)._judge_coverage_or_list()
        self.after_id = ticket_ids[-1]
