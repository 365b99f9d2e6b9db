from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_date
from odoo.tools.misc import format_duration

ACTIVITY = "helpdesk_billing_hours.mail_activity_fee"


class HelpdeskSupportFee(models.Model):
    """Fees that nobody invoices, and drafts that nobody posts: their hours wait."""

    _inherit = "helpdesk.support.fee"

    waits_since = fields.Date(
        string="Waiting Since",
        compute="_compute_waits_since",
        help="When the draft was made; without one, when the year began, or when the "
        "contract was signed if that was later.",
    )
    waiting_hours = fields.Float(
        string="Hours Waiting",
        compute="_compute_waiting_hours",
        help="Covered work that waits for the hours of this contract's fees.",
    )
    reminded_at = fields.Datetime(
        string="Accountant Reminded",
        readonly=True,
        help="When an accountant got an activity about this fee last.",
    )

    @api.depends("state", "drafted_at", "date_from", "contract_id.signed_at")
    def _compute_waits_since(self):
        for fee in self:
            own = fee.sudo().with_context(tz=fee.contract_id.tz or "UTC")
            moment = own.contract_id.signed_at
            if own.state == "draft":
                moment = own.drafted_at or own.move_id.create_date
            day = moment and fields.Datetime.context_timestamp(own, moment).date()
            if own.state == "open":
                day = max(own.date_from, day or own.date_from)
            fee.waits_since = day if own.state in ("open", "draft") else False

    def _compute_waiting_hours(self):
        shares = self.env["helpdesk.hours.share"].sudo()
        minutes = dict(
            shares._read_group(
                [
                    ("contract_id", "in", self.contract_id.ids),
                    ("waits", "=", "awaits_pack"),
                    *shares._get_live_domain(),
                ],
                ["contract_id"],
                ["minutes:sum"],
            )
        )
        for fee in self:
            is_waiting = fee.state in ("open", "draft")
            fee.waiting_hours = is_waiting and minutes.get(fee.contract_id, 0) / 60

    def _is_late(self):
        """Tell whether an accountant should be reminded of this fee now."""
        days = self.company_id.support_fee_days
        today = self.contract_id._get_today()
        if not days or not self.waits_since:
            return False
        last = self.reminded_at
        if last:
            local = self.with_context(tz=self.contract_id.tz or "UTC")
            last = fields.Datetime.context_timestamp(local, last).date()
        return (
            self.date_from <= today
            and max(self.waits_since, last or self.waits_since) + timedelta(days=days)
            <= today
        )

    @api.model
    def _cron_remind(self):
        """Remind accountants of fees that wait too long for a posted invoice.

        Again after as many days; what keeps one contract from it stops no other.
        """
        fees = self.search(
            [
                ("state", "in", ("open", "draft")),
                ("contract_id.is_signed", "=", True),
                ("contract_id.active", "=", True),
                ("company_id.support_fee_days", ">", 0),
            ]
        )
        late = fees.filtered(lambda fee: fee._is_late())
        self.env["helpdesk.job.failure"]._work(
            "helpdesk_billing_hours.ir_cron_remind_fees",
            late.contract_id,
            lambda contract: contract.fee_ids._remind(),
        )

    def _remind(self):
        """Give an accountant one activity about the late ones of a contract's fees."""
        late = self.filtered(lambda fee: fee._is_late())
        if not late:
            return
        contract = self.contract_id
        user = contract._get_fee_user()
        fees = late.with_context(lang=user.lang or self.env.lang)
        late.reminded_at = fields.Datetime.now()
        contract.activity_unlink([ACTIVITY])
        contract.activity_schedule(
            ACTIVITY,
            user_id=user.id,
            summary=fees[0]._get_reminder(),
            note=fees._get_reminder_note(),
        )

    def _get_reminder(self):
        """Return what an accountant has to do about this fee."""
        values = {
            "contract": self.contract_id.name,
            "date": format_date(self.env, self.date_from),
        }
        if self.state == "draft":
            return self.env._(
                "%(contract)s: post the draft invoice of the fee from %(date)s",
                **values,
            )
        return self.env._("%(contract)s: invoice the fee from %(date)s", **values)

    def _get_reminder_note(self):
        """Return what waits for these fees, in words."""
        hours = self[0].waiting_hours
        since = format_date(self.env, min(self.mapped("waits_since")))
        if not hours:
            return self.env._("Waiting since %(date)s.", date=since)
        return self.env._(
            "Waiting since %(date)s. %(hours)s hours of work wait for the hours that "
            "the fee gives: they are left out of every run until it is posted.",
            date=since,
            hours=format_duration(hours),
        )
