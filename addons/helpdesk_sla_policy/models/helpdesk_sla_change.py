from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..retry import Redo
from .helpdesk_sla_timer import OPEN_STATES

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
    done = fields.Boolean(readonly=True)

    _pending_idx = models.Index("(at, id) WHERE NOT done")

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
        cron = self.env["ir.cron"]
        pending = self.search(
            [("done", "=", False), ("at", "<=", "now")], order="at, id"
        )
        for number, change in enumerate(pending):
            cron._commit_progress(remaining=len(pending) - number)
            redo = Redo(self.env)
            while not change.done:
                redo(change._follow_batch)
                if not cron._commit_progress(1 if change.done else 0):
                    return

    def _follow_batch(self):
        """Let the next tickets follow; mark the change as done after the last."""
        tickets = (
            self.env["helpdesk.ticket"]
            .with_context(active_test=False)
            .search(
                Domain(self.path, "=", self.res_id)
                & Domain("id", ">", self.last_ticket_id)
                & Domain("timer_ids.state", "in", OPEN_STATES),
                order="id",
                limit=BATCH,
            )
        )
        if not tickets:
            self.done = True
            return
        self.env.cr.execute(
            SQL(
                "SELECT id FROM helpdesk_ticket WHERE id = ANY(%s) ORDER BY id "
                "FOR NO KEY UPDATE",
                tickets.ids,
            )
        )
        tickets._follow_policy()
        tickets._record_sla_drift(self.at)
        self.write(
            {
                "last_ticket_id": tickets[-1].id,
                "ticket_count": self.ticket_count + len(tickets),
            }
        )

    @api.autovacuum
    def _gc_done(self):
        """Forget changes that tickets have followed for a year."""
        self.search([("done", "=", True), ("at", "<", "today -365d")]).unlink()
