import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..retry import CONCURRENT, Redo
from ..rulebook import Rulebook
from .helpdesk_sla_timer import OPEN_STATES
from .helpdesk_sla_timer_fold import LEDGER

_logger = logging.getLogger(__name__)

BATCH = 500


class HelpdeskSlaAdoption(models.Model):
    """Open tickets of before the installation are timed when a manager says so.

    The job goes through the tickets in batches, by id; it can stop, and goes on
    where it stopped. What it has done is no candidate any more.
    """

    _name = "helpdesk.sla.adoption"
    _description = "Adoption of Open Tickets"
    _order = "id desc"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    team_ids = fields.Many2many(
        "helpdesk.ticket.team", string="Teams", help="Empty: all teams."
    )
    start = fields.Selection(
        [
            ("history", "From their history"),
            ("now", "From now on"),
        ],
        string="Time Counts",
        required=True,
        default="history",
        help="From their history: as if the policy had been there when the ticket "
        "came in, by the stages and public replies that its chatter shows. From now "
        "on: what happened before is not judged.",
    )
    state = fields.Selection(
        [("draft", "Preview"), ("running", "Running"), ("done", "Done")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
    )
    line_ids = fields.One2many(
        "helpdesk.sla.adoption.line", "adoption_id", string="Preview", readonly=True
    )
    previewed_at = fields.Datetime(readonly=True, copy=False)
    ticket_count = fields.Integer(
        string="Open Tickets without Timers", compute="_compute_ticket_count"
    )
    adopted_count = fields.Integer(string="Adopted", readonly=True, copy=False)
    failed_count = fields.Integer(
        string="Failed",
        readonly=True,
        copy=False,
        help="Left as they are: the server's log says why.",
    )
    user_id = fields.Many2one("res.users", readonly=True, copy=False)
    started_at = fields.Datetime(readonly=True, copy=False)
    done_at = fields.Datetime(readonly=True, copy=False)
    last_ticket_id = fields.Integer(readonly=True, copy=False)

    @api.depends("company_id", "create_date")
    def _compute_display_name(self):
        for adoption in self:
            adoption.display_name = self.env._(
                "Adoption of open tickets, %s", adoption.company_id.name
            )

    @api.depends("company_id", "team_ids")
    def _compute_ticket_count(self):
        tickets = self.env["helpdesk.ticket"].sudo()
        for adoption in self:
            adoption.ticket_count = tickets.search_count(adoption._get_domain())

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        if any(adoption.state != "draft" for adoption in self):
            raise UserError(
                self.env._("An adoption that has begun is kept: it says who did it.")
            )

    # Actions

    def action_preview(self):
        """Count by team how many tickets would be timed, and late at once."""
        self.ensure_one()
        now = fields.Datetime.now()
        counts = {}
        tickets = self.env["helpdesk.ticket"].sudo()
        rulebook = Rulebook(self.env)
        found = tickets.search(self._get_domain(), order="id")
        for start in range(0, len(found), BATCH):
            batch = found[start : start + BATCH].with_prefetch()
            self._count_batch(batch, now, counts, rulebook)
            self.env.invalidate_all(flush=False)
        self.line_ids.unlink()
        self.write(
            {
                "previewed_at": now,
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "team_id": team_id,
                            "policy_id": policy_id,
                            "ticket_count": count[0],
                            "late_count": count[1],
                            "missed_count": count[2],
                        },
                    )
                    for (team_id, policy_id), count in counts.items()
                ],
            }
        )

    def action_adopt(self):
        """Time the tickets; many of them in the background."""
        self.ensure_one()
        if self.state != "draft":
            raise UserError(self.env._("This adoption has begun already."))
        if not self.previewed_at:
            raise UserError(
                self.env._("Look at the preview first: press Preview, then Adopt.")
            )
        self.write(
            {
                "state": "running",
                "user_id": self.env.uid,
                "started_at": fields.Datetime.now(),
            }
        )
        if not self._run_batch() or not self._has_more():
            self._finish()
            return
        self.env.ref("helpdesk_sla_policy.ir_cron_adopt").sudo()._trigger()

    def action_view_tickets(self):
        """Open the tickets that this adoption would time."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_mgmt.helpdesk_ticket_action"
        )
        action["domain"] = list(self._get_domain())
        action["context"] = {}
        return action

    # The job

    def _get_domain(self):
        """Return the domain of the tickets that are to be adopted."""
        domain = self.env["helpdesk.ticket"]._get_adoption_domain()
        domain &= Domain("company_id", "=", self.company_id.id)
        if self.team_ids:
            domain &= Domain("team_id", "in", self.team_ids.ids)
        return domain

    def _has_more(self):
        return bool(self._find_batch(1))

    def _find_batch(self, limit=None):
        tickets = self.env["helpdesk.ticket"].sudo()
        domain = self._get_domain() & Domain("id", ">", self.last_ticket_id)
        return tickets.search(domain, order="id", limit=limit or BATCH)

    @api.model
    def _cron_adopt(self):
        """Go on with the adoptions that run; resumes where it stopped."""
        self.env["helpdesk.job.failure"]._work_long(
            "helpdesk_sla_policy.ir_cron_adopt",
            self.search([("state", "=", "running")], order="id"),
            lambda adoption: adoption._work_on(),
        )

    def _work_on(self):
        """Do what is left of an adoption; return False when time is up."""
        cron, redo = self.env["ir.cron"], Redo(self.env)
        cron._commit_progress(remaining=self.ticket_count)
        while done := redo(self.with_user(self.user_id)._run_batch):
            if not cron._commit_progress(done):
                return False
        self._finish()
        return True

    def _run_batch(self):
        """Adopt the next tickets; return how many were looked at."""
        batch = self.sudo()._find_batch()
        if not batch:
            return 0
        now = fields.Datetime.now()
        adopted, failed = self._adopt_batch(batch, now)
        job = self.sudo()
        job.write(
            {
                "adopted_count": job.adopted_count + adopted,
                "failed_count": job.failed_count + failed,
                "last_ticket_id": batch[-1].id,
            }
        )
        self.env.flush_all()
        self.env.invalidate_all()
        return len(batch)

    def _adopt_batch(self, batch, now):
        """Adopt tickets, one by one when one of them fails; return (done, failed)."""
        try:
            with self.env.cr.savepoint():
                return len(batch._adopt(self.start, now)), 0
        except CONCURRENT:
            raise
        except Exception:
            _logger.exception("A batch of tickets failed; one by one now")
            self.env.invalidate_all()
        adopted = failed = 0
        for ticket in batch:
            try:
                with self.env.cr.savepoint():
                    adopted += len(ticket._adopt(self.start, now))
            except CONCURRENT:
                raise
            except Exception:
                _logger.exception("Ticket %s was not adopted", ticket.id)
                self.env.invalidate_all()
                failed += 1
        return adopted, failed

    def _finish(self):
        self.sudo().write({"state": "done", "done_at": fields.Datetime.now()})

    # The preview

    def _count_batch(self, batch, now, counts, rulebook):
        """Add to the counts (tickets, late, missed) by team and policy."""
        policies = batch._get_adoption_policies()
        tickets = batch.browse(ticket.id for ticket in batch if policies[ticket])
        timers = self.env["helpdesk.sla.timer"].sudo()
        moments = {}
        for row in tickets._prepare_adoption_rows(self.start, now, policies):
            moment = timers._get_moment([row[name] for name in LEDGER])
            moments.setdefault(row["ticket_id"], []).append(moment)
        for ticket in tickets:
            folded = timers._fold_ticket(
                ticket.id, ticket.company_id.id, moments[ticket.id], rulebook
            )
            count = counts.setdefault(
                (ticket.team_id.id, policies[ticket].id), [0, 0, 0]
            )
            count[0] += 1
            count[1] += any(
                values["state"] in OPEN_STATES
                and values["breach_at"]
                and values["breach_at"] < now
                for values in folded
            )
            count[2] += any(values["state"] == "missed" for values in folded)
