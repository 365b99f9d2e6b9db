from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..retry import Redo
from .helpdesk_sla_timer import OPEN_STATES

CRON = "helpdesk_sla_policy.ir_cron_change"
BATCH = 500


class HelpdeskSlaChange(models.Model):
    """Other hours or another policy, which open tickets follow from an instant on.

    The one who writes a calendar on a policy, plan or contract does not wait for a
    hundred thousand ledgers: the change is noted with its instant, and a job appends
    to the ledgers a row that is dated then. It resumes where it stopped.
    """

    _name = "helpdesk.sla.change"
    _description = "SLA Configuration Change"
    _order = "at desc, id desc"
    _allow_sudo_commands = False

    name = fields.Char(
        string="Changed", required=True, readonly=True, help="What was given new hours."
    )
    at = fields.Datetime(
        string="From",
        required=True,
        readonly=True,
        index=True,
        help="Time before this instant counts on the hours that held then.",
    )
    user_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    path = fields.Char(
        required=True,
        readonly=True,
        help="The field, or path of fields, by which a ticket belongs to it.",
    )
    res_id = fields.Many2oneReference(
        model_field="res_model", string="Record", required=True, readonly=True
    )
    res_model = fields.Char(required=True, readonly=True)
    last_ticket_id = fields.Integer(readonly=True, aggregator=None)
    ticket_count = fields.Integer(
        string="Tickets", readonly=True, help="Open tickets looked at so far."
    )
    left_count = fields.Integer(
        string="Left", compute="_compute_left_count", help="Open tickets to go."
    )
    left_ticket_ids = fields.Json(
        readonly=True, help="The tickets that could not follow: they are tried again."
    )
    done = fields.Boolean(readonly=True)

    _pending_idx = models.Index("(at, id) WHERE NOT done")

    @api.depends("done", "last_ticket_id", "left_ticket_ids")
    def _compute_left_count(self):
        tickets = self.env["helpdesk.ticket"].sudo().with_context(active_test=False)
        for change in self:
            change.left_count = not change.done and (
                len(change.left_ticket_ids or ())
                + tickets.search_count(change._get_next_domain())
            )

    @api.model
    def _note(self, records, path, moment=None):
        """Have the open tickets of records follow their new hours, soon.

        ``path`` leads from a ticket to one of the records; ``moment`` is the naive UTC
        instant from which the new hours count, by default now.
        """
        moment = moment or fields.Datetime.now()
        self.sudo().create(
            [
                {
                    "name": record.display_name,
                    "at": moment,
                    "user_id": self.env.uid,
                    "path": path,
                    "res_model": record._name,
                    "res_id": record.id,
                }
                for record in records
            ]
        )
        cron = self.env.ref(
            "helpdesk_sla_policy.ir_cron_change", raise_if_not_found=False
        )
        if records and cron:
            cron.sudo()._trigger(moment)

    @api.model
    def _cron_follow(self):
        """Bring the ledgers of open tickets up to date with what changed."""
        pending = self.search(
            [("done", "=", False), ("at", "<=", "now")], order="at, id"
        )
        self.env["helpdesk.job.failure"]._work_long(
            CRON, pending, lambda change: change._work_on()
        )

    def _work_on(self):
        """Let all tickets follow that have not; return False when time is up."""
        cron, redo = self.env["ir.cron"], Redo(self.env)
        redo(self._follow_left)
        # One more: the look that finds nothing left.
        cron._commit_progress(remaining=self.left_count + 1)
        while count := redo(self._follow_batch):
            if not cron._commit_progress(count):
                return False
        cron._commit_progress(1, remaining=0)
        return True

    def _follow_left(self):
        """Try those again that could not follow the last time."""
        tickets = self.env["helpdesk.ticket"].browse(self.left_ticket_ids or ())
        self.left_ticket_ids = self._follow(tickets.exists())

    def _get_next_domain(self):
        """Return the domain of the open tickets that nobody has looked at."""
        return (
            Domain(self.path, "=", self.res_id)
            & Domain("id", ">", self.last_ticket_id)
            & Domain("timer_ids.state", "in", OPEN_STATES)
        )

    def _follow_batch(self):
        """Let the next tickets follow; return how many, none when that was the end."""
        tickets = (
            self.env["helpdesk.ticket"]
            .with_context(active_test=False)
            .search(self._get_next_domain(), order="id", limit=BATCH)
        )
        if not tickets:
            self.done = not self.left_ticket_ids
            return 0
        left = self._follow(tickets)
        self.write(
            {
                "last_ticket_id": tickets[-1].id,
                "ticket_count": self.ticket_count + len(tickets),
                "left_ticket_ids": (self.left_ticket_ids or []) + left,
            }
        )
        return len(tickets)

    def _follow(self, tickets):
        """Let tickets follow; list those that cannot, and return their ids."""
        if not tickets:
            return []
        self.env.cr.execute(
            SQL(
                "SELECT id FROM helpdesk_ticket WHERE id = ANY(%s) ORDER BY id "
                "FOR NO KEY UPDATE",
                tickets.ids,
            )
        )

        def act(part):
            part._follow_policy()
            part._record_sla_drift(self.at)

        failures = self.env["helpdesk.job.failure"]
        failed = failures._attempt(self.env.ref(CRON).sudo(), tickets, act)
        return [ticket.id for ticket in failed]

    @api.autovacuum
    def _gc_done(self):
        """Forget changes that tickets have followed for a year."""
        self.search([("done", "=", True), ("at", "<", "today -365d")]).unlink()
