from datetime import date, timedelta

from odoo import api, fields, models
from odoo.tools import format_date

from .. import forecast, hours


class HelpdeskSupportContract(models.Model):
    """When the hours of a contract run out, judged by recent use."""

    _inherit = "helpdesk.support.contract"

    hours_end = fields.Date(
        string="Hours End About",
        compute="_compute_hours_forecast",
        help="The first day that the hours bought do not suffice for any more, if "
        "they are used as in the last weeks: the minutes charged to packs and beyond "
        "them, divided by the days on which attention hours were open. Without enough "
        "use no date is named.",
    )
    hours_forecast = fields.Char(string="Forecast", compute="_compute_hours_forecast")

    @api.depends_context("lang")
    def _compute_hours_forecast(self):
        unsaved = self.filtered(lambda contract: not contract._origin)
        unsaved.update({"hours_end": False, "hours_forecast": False})
        for contract in self - unsaved:
            found = contract.sudo()._get_hours_forecast()
            if found["last_day"] and contract.hours_left <= 0:
                contract.hours_end = False
                contract.hours_forecast = self.env._("Used up")
                continue
            contract.hours_end = found["short"]
            contract.hours_forecast = contract._tell_forecast(
                found, found["short"], found["last_day"]
            )

    def _get_hours_forecast(self):
        """Forecast the end of the packs by the use of the plan's last weeks.

        The window ends yesterday and begins with the contract at the earliest. A dict
        of ``use`` (forecast.Use), ``weeks``, ``ends`` (a date by pack), ``short`` (the
        first day without hours, or False) and ``last_day`` of the packs usable now.
        """
        self.ensure_one()
        pool = self._get_hours_pool()
        today = self._get_today()
        weeks = self.plan_id.forecast_weeks
        first = max(today - timedelta(weeks=weeks), pool.date_start or today)
        found = {"weeks": weeks, "use": self._get_recent_use(first, today)}
        packs = self._get_pool_packs().filtered(
            lambda p: p._is_usable() and today <= p._get_last_day()
        )
        found["last_day"] = max((p._get_last_day() for p in packs), default=False)
        ends, short = {}, None
        if packs and found["use"].is_enough:
            days = self._get_attention_days(
                today + timedelta(days=1), found["last_day"] + timedelta(days=1)
            )
            plain = [pack._get_plain() for pack in packs]
            used = packs._get_plain_use()
            ends, short = forecast.find_ends(plain, used, found["use"], days)
        found["ends"] = {packs.browse(number): day for number, day in ends.items()}
        found["short"] = short or False
        return found

    def _get_recent_use(self, first, stop):
        """Return what was charged from a day until another, that one left out."""
        shares = self.env["helpdesk.hours.share"].sudo()
        rows = shares._read_group(
            [
                ("contract_id", "in", self._get_pool_members().ids),
                ("charge", "in", ("pack", "overage")),
                ("work_date", ">=", first),
                ("work_date", "<", stop),
                *shares._get_live_domain(),
            ],
            ["work_date:day"],
            ["minutes:sum"],
        )
        return forecast.Use(
            minutes=sum(minutes for _day, minutes in rows),
            days=len(self._get_attention_days(first, stop)),
            used_days=sum(minutes > 0 for _day, minutes in rows),
        )

    def _get_attention_days(self, first, stop):
        """Return the dates from a day until another on which attention hours open."""
        calendar = self._get_calendar("production_up")
        compiled = calendar.sudo()._get_support_clock(self.company_id)
        return [
            date.fromordinal(day)
            for day in range(first.toordinal(), stop.toordinal())
            if compiled.elapsed(compiled.day_start(day), compiled.day_start(day + 1))
        ]

    @api.model
    def _tell_forecast(self, found, end, last_day):
        """Return a forecast in words: the date and its method, or why there is none."""
        if not last_day:
            return self.env._("No hours that can be used now")
        use, weeks = found["use"], found["weeks"]
        if not use.is_enough:
            return self.env._(
                "No forecast: too little use in the last %(weeks)s weeks (it takes "
                "%(days)s attention days, %(used)s of them with use)",
                weeks=weeks,
                days=forecast.LEAST_DAYS,
                used=forecast.LEAST_USED_DAYS,
            )
        method = self.env._(
            "%(time)s h per attention day, average of the last %(weeks)s weeks",
            time=hours.to_text(round(use.daily)),
            weeks=weeks,
        )
        if end:
            return self.env._(
                "About %(date)s (%(method)s)",
                date=format_date(self.env, end),
                method=method,
            )
        return self.env._(
            "Lasts until it expires on %(date)s (%(method)s)",
            date=format_date(self.env, last_day),
            method=method,
        )
