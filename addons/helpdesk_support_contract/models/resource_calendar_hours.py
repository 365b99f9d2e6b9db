from odoo import models

from odoo.addons.helpdesk_sla_policy import clock


class ResourceCalendar(models.Model):
    """Attention hours in words, as the annex of a contract prints them."""

    _inherit = "resource.calendar"

    def _is_always_open(self):
        return all(
            clock._merge(day) == [(0, clock.DAY)]
            for week in self._get_opening_weeks()
            for day in week
        )

    def _describe_hours(self):
        """Return ``(days, hours)`` in words, days with the same hours as one line."""
        self.ensure_one()
        weeks = self._get_opening_weeks()
        if self._is_always_open():
            return [(self.env._("Every day"), self.env._("24 hours"))]
        names = self.env["resource.calendar.attendance"]._fields["dayofweek"]
        days = [name for _key, name in names._description_selection(self.env)]
        lines = []
        for number, week in enumerate(weeks, start=1):
            for first, last, spans in self._get_runs(week):
                label = days[first]
                if last > first:
                    label = self.env._(
                        "%(first)s to %(last)s", first=days[first], last=days[last]
                    )
                if len(weeks) > 1:
                    label = self.env._(
                        "%(days)s, week %(number)s", days=label, number=number
                    )
                lines.append((label, ", ".join(map(_format_span, spans))))
        return lines

    def _get_runs(self, week):
        """Return ``(first day, last day, spans)`` of days in a row that are alike."""
        runs = []
        for day, spans in enumerate(week):
            spans = clock._merge(spans)
            if runs and runs[-1][1] == day - 1 and runs[-1][2] == spans:
                runs[-1][1] = day
            elif spans:
                runs.append([day, day, spans])
        return runs


def _format_span(span):
    """Return seconds of a day as 09:00-17:00."""
    return "-".join(f"{at // 3600:02}:{at // 60 % 60:02}" for at in span)
