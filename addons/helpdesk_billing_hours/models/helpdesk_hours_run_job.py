from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from odoo.addons.helpdesk_sla_policy.retry import Redo, halve

#: A run of more customers, or of more shares, goes on in the background.
LARGE_CUSTOMERS, LARGE_SHARES = 100, 2000
#: Customers between two commits of a run in the background.
BATCH = 32
#: Invoices made in one go; a batch that fails is halved.
DRAFTS = 16


class HelpdeskHoursRun(models.Model):
    """The work of a run: customer by customer, by id, in batches.

    What a batch has made is committed with the last customer that it came to, so a
    run that was killed goes on behind that one: nothing twice, nothing left out.
    """

    _inherit = "helpdesk.hours.run"

    def _start(self):
        """Invoice the customers at once, or in the background when they are many."""
        shares, customers = self._measure()
        if customers > LARGE_CUSTOMERS or shares > LARGE_SHARES:
            self.sudo().customer_count = customers
            cron = self.env.ref("helpdesk_billing_hours.ir_cron_invoice_hours")
            cron.sudo()._trigger()
            return
        self._run_batch()
        self.sudo().customer_count = self.sudo().done_count
        self.sudo()._finish()

    @api.model
    def _cron_invoice(self):
        """Go on with the runs in the background; resumes where one stopped."""
        self.env["helpdesk.job.failure"]._work_long(
            "helpdesk_billing_hours.ir_cron_invoice_hours",
            self.search([("state", "=", "running")], order="id"),
            lambda run: run._work_on(),
        )

    def _work_on(self):
        """Do what is left of a run; return False when time is up."""
        cron, mine, redo = self.env["ir.cron"], self._as_accountant(), Redo(self.env)
        cron._commit_progress(remaining=max(self.customer_count, 1))
        while done := redo(mine._run_batch, BATCH):
            if not cron._commit_progress(done):
                return False
        redo(self._end_in_background)
        cron._commit_progress(remaining=0)
        return True

    def _as_accountant(self):
        """Return this run as who started it would work on it, in its company."""
        user = self.create_uid
        return self.with_user(user).with_context(
            allowed_company_ids=self.company_id.ids, lang=user.lang, tz=user.tz
        )

    def _end_in_background(self):
        """End a run that came to its last customer, and tell who started it."""
        if self.state == "running":
            self._finish()
            self.with_context(lang=self.create_uid.lang)._tell_accountant()

    def _finish(self):
        self.write({"state": "done", "done_at": fields.Datetime.now()})

    # Customers

    def _get_open_hours(self):
        """Return the query of the shares of customers that this run will come to."""
        shares = self.env["helpdesk.hours.share"].sudo()
        query = shares._search(self._get_domain())
        query.add_where("partner_id > %s", [self.last_partner_id])
        return query

    def _measure(self):
        """Return how many shares and customers there are to do."""
        query = self._get_open_hours()
        counts = SQL("count(*), count(DISTINCT partner_id)")
        [row] = self.env.execute_query(query.select(counts))
        return row

    def _find_customers(self, limit=None):
        """Return the next customers with hours of this run, by id."""
        query = self._get_open_hours()
        query.groupby, query.order = SQL("partner_id"), SQL("partner_id")
        query.limit = limit
        rows = self.env.execute_query(query.select(SQL("partner_id")))
        return self.env["res.partner"].sudo().browse([row[0] for row in rows])

    # A batch

    def _run_batch(self, limit=None):
        """Invoice the next customers; return how many they were.

        A customer that fails is listed with the reason, the others have their drafts.
        """
        run = self.sudo()
        customers = run._find_customers(limit) if run.state == "running" else ()
        if not customers:
            return 0
        charged, found = [], []
        halve(
            self.env,
            list(customers),
            partial(run._charge_again, charged, found),
            run._fail,
        )
        shares = run._lock_shares(self.env["res.partner"].browse(charged))
        self._make_drafts(shares)
        tickets = self.env["helpdesk.ticket"].sudo().union(shares.ticket_id, *found)
        run.write(
            {
                "last_partner_id": customers[-1].id,
                "done_count": run.done_count + len(customers),
            }
        )
        run._charge_later(tickets)
        self.env.flush_all()
        if limit:
            self.env.invalidate_all()
        return len(customers)

    def _charge_again(self, charged, tickets, customers):
        """Charge again what the run is about, later work left out."""
        ids = [customer.id for customer in customers]
        shares = self.env["helpdesk.hours.share"]
        found = shares.search([*self._get_domain(), ("partner_id", "in", ids)])
        own = found.ticket_id
        own._reallocate_hours(until=self.date_to)
        charged += ids
        tickets.append(own)

    def _charge_later(self, tickets):
        """Charge again the work after the run's last day, which was left out."""
        lines = self.env["account.analytic.line"]
        later = lines.search(
            [
                ("date", ">", self.date_to),
                "|",
                ("ticket_id", "in", tickets.ids),
                (
                    "ticket_id.contract_id",
                    "in",
                    tickets.contract_id._get_pool_members().ids,
                ),
            ]
        )
        later.ticket_id._reallocate_hours()

    def _lock_shares(self, customers):
        """Return the shares of these customers; make who writes them wait."""
        shares = self.env["helpdesk.hours.share"]
        found = shares.search(
            [*self._get_domain(), ("partner_id", "in", customers.ids)]
        )
        if found:
            self.env.execute_query(
                SQL(
                    "SELECT FROM helpdesk_hours_share WHERE id IN %s "
                    "ORDER BY id FOR UPDATE",
                    found._ids,
                )
            )
        return found

    def _make_drafts(self, shares):
        """Settle what is not held and make its drafts, batch by batch."""
        run = self.sudo()
        wizard = self.env["helpdesk.hours.invoicing"].new(
            {"company_id": run.company_id.id, "date_to": run.date_to}
        )
        ready = shares.filtered(lambda share: not share._get_hold())
        groups, alone = [], []
        known = run._get_customers_that_failed()
        for group in ready.grouped(wizard._get_invoice_key).items():
            partner, contract = group[0][:2]
            problem = run._get_obstacle(partner) or wizard._get_shortfall(*group)
            if problem:
                run._fail(partner, UserError(problem), contract)
            elif partner in known:
                alone.append([group])
            else:
                groups.append(group)
        batches = [groups[at : at + DRAFTS] for at in range(0, len(groups), DRAFTS)]
        for batch in [*batches, *alone]:
            halve(
                self.env,
                batch,
                partial(wizard._create_invoices, run),
                lambda group, error: run._fail(group[0][0], error, group[0][1]),
            )

    # The end

    def _tell_accountant(self):
        """Notify who started a run that it has ended; failures become a to-do."""
        user = self.create_uid
        body = self.env._(
            "The invoicing of support hours until %(date)s has ended. Customers: "
            "%(customers)s, draft invoices: %(drafts)s, failures: %(failures)s.",
            date=format_date(self.env, self.date_to),
            drafts=self.move_count,
            customers=self.done_count,
            failures=self.failure_count,
        )
        self.message_post(
            body=body,
            partner_ids=user.partner_id.ids,
            subtype_xmlid="mail.mt_comment",
        )
        kind = "warning" if self.failure_count else "success"
        user._bus_send(
            "simple_notification", {"type": kind, "message": body, "sticky": True}
        )
        if self.failure_count:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=user.id,
                summary=self.env._(
                    "Invoices that could not be made: %s", self.failure_count
                ),
            )
