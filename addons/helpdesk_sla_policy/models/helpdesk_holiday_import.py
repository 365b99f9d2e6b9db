from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Domain

from .. import public_holidays

MAX_YEARS = 10


class HelpdeskHolidayImport(models.Model):
    """A company's public holidays, reviewed before they close its calendars."""

    _name = "helpdesk.holiday.import"
    _description = "Import of Public Holidays"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        help="Only the deadlines of this company follow its holidays.",
    )
    country_id = fields.Many2one(
        "res.country",
        required=True,
        compute="_compute_country_id",
        store=True,
        readonly=False,
        precompute=True,
        domain=lambda self: [("code", "in", list(public_holidays.get_countries()))],
    )
    region = fields.Selection(
        "_selection_region",
        compute="_compute_region",
        store=True,
        readonly=False,
        help="Empty: the holidays of the whole country.",
    )
    region_codes = fields.Json(compute="_compute_region_codes")
    year_from = fields.Integer(
        string="Year",
        required=True,
        default=lambda self: fields.Date.context_today(self).year,
    )
    year_to = fields.Integer(
        string="To Year",
        required=True,
        default=lambda self: fields.Date.context_today(self).year,
    )
    calendar_ids = fields.Many2many(
        "resource.calendar",
        string="Calendars to Close",
        check_company=True,
        help="The working schedules that are closed on the days that you include.",
    )
    line_ids = fields.One2many(
        "helpdesk.holiday.import.line", "import_id", string="Holidays", copy=False
    )
    leave_ids = fields.One2many(
        "resource.calendar.leaves", "holiday_import_id", string="Closed Days"
    )
    leave_count = fields.Integer(compute="_compute_leave_count")
    state = fields.Selection(
        [("draft", "Review"), ("done", "Imported")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )

    @api.depends("company_id")
    def _compute_country_id(self):
        known = public_holidays.get_countries()
        for record in self:
            country = record.company_id.country_id
            if country.code in known:
                record.country_id = country
            else:
                record.country_id = record.country_id

    @api.depends("country_id")
    def _compute_region(self):
        for record in self:
            code = record.country_id.code or "?"
            is_of_country = (record.region or "").startswith(f"{code}-")
            record.region = record.region if is_of_country else False

    @api.depends("country_id")
    def _compute_region_codes(self):
        for record in self:
            prefix = f"{record.country_id.code}-"
            record.region_codes = [
                code
                for code in public_holidays.get_regions()
                if code.startswith(prefix)
            ]

    @api.depends("leave_ids")
    def _compute_leave_count(self):
        for record in self:
            record.leave_count = len(record.leave_ids)

    @api.depends("country_id", "region", "year_from", "year_to")
    def _compute_display_name(self):
        regions = public_holidays.get_regions()
        for record in self:
            years = {record.year_from, record.year_to}
            place = record.country_id.name or ""
            if record.region:
                place = f"{place}, {regions.get(record.region, record.region)}"
            record.display_name = f"{place} {'–'.join(map(str, sorted(years)))}"

    @api.model
    def _selection_region(self):
        return list(public_holidays.get_regions().items())

    @api.constrains("year_from", "year_to")
    def _check_years(self):
        for record in self:
            if not 1900 <= record.year_from <= record.year_to <= 2100:
                raise ValidationError(
                    self.env._("Give years between 1900 and 2100, the first one first.")
                )
            if record.year_to - record.year_from >= MAX_YEARS:
                raise ValidationError(
                    self.env._("Import at most %s years at a time.", MAX_YEARS)
                )

    @api.constrains("calendar_ids")
    def _check_calendars(self):
        for record in self:
            for calendar in record.calendar_ids:
                if calendar._get_support_clock(record.company_id).is_always_open:
                    raise ValidationError(
                        self.env._(
                            "“%s” never closes, not even on holidays: leave it out.",
                            calendar.name,
                        )
                    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        if self.leave_ids:
            raise UserError(
                self.env._(
                    "This import closes days: undo it before you delete it, or the "
                    "days stay closed without saying why."
                )
            )

    def action_look_up(self):
        """Fill the list of holidays to review; nothing closes yet."""
        self.ensure_one()
        self._check_draft()
        found = public_holidays.get_holidays(
            self.country_id.code,
            range(self.year_from, self.year_to + 1),
            self.region,
            self.company_id.partner_id.lang or self.env.lang or "en_US",
        )
        if not found:
            raise UserError(
                self.env._(
                    "No public holidays are known for %s: choose other years, or add "
                    "the days by hand.",
                    self.display_name,
                )
            )
        self.line_ids = [
            Command.clear(),
            *(Command.create({"date": date, "name": name}) for date, name in found),
        ]
        closed = self.line_ids.filtered(lambda line: line.state == "closed")
        closed.is_included = False
        return True

    def action_import(self):
        """Close the calendars on the days that are included, each one once."""
        self.ensure_one()
        self._check_draft()
        if not self.calendar_ids:
            raise UserError(self.env._("Choose the calendars to close."))
        included = self.line_ids.filtered("is_included")
        if not included:
            raise UserError(
                self.env._("Look the holidays up and include at least one day.")
            )
        self.check_access("write")
        spans = self._get_closed_spans()
        leaves = self.env["resource.calendar.leaves"].sudo()
        closed = leaves.create(
            [
                self._prepare_leave(line, calendar)
                for line in included
                for calendar in line._get_open_calendars(spans)
            ]
        )
        # Computed for a shared calendar: the company of whoever stores it.
        closed.company_id = self.company_id
        self.state = "done"
        self.message_post(
            body=self.env._("%s days were closed.", self.leave_count),
            subtype_xmlid="mail.mt_note",
        )
        return True

    def action_undo(self):
        """Open again the days that this import closed, and only those."""
        self.ensure_one()
        self.check_access("write")
        count = self.leave_count
        self.sudo().leave_ids.unlink()
        self.state = "draft"
        self.message_post(
            body=self.env._("Undone: %s days are open again.", count),
            subtype_xmlid="mail.mt_note",
        )
        return True

    def action_view_leaves(self):
        """Open the days that this import closed."""
        self.ensure_one()
        return self.leave_ids._get_records_action(name=self.env._("Closed Days"))

    def _check_draft(self):
        if self.state == "done":
            raise UserError(
                self.env._("This import has closed its days: undo it to change it.")
            )

    def _prepare_leave(self, line, calendar):
        """Return the values that close a calendar from 00:00 to 24:00 of its zone."""
        start, stop = line._get_bounds(calendar)
        return {
            "name": line.name,
            "calendar_id": calendar.id,
            "resource_id": False,
            "time_type": "leave",
            "date_from": start,
            # As the interface does it: the next day's holiday does not overlap.
            "date_to": stop - timedelta(seconds=1),
            "holiday_import_id": self.id,
        }

    def _get_closed_spans(self):
        """Return by calendar id when everybody of the company is off, naive UTC."""
        self.ensure_one()
        calendars = self.calendar_ids._origin
        spans = {calendar.id: [] for calendar in calendars}
        leaves = self.env["resource.calendar.leaves"].sudo()
        domain = (
            Domain("resource_id", "=", False)
            & Domain("time_type", "=", "leave")
            & Domain("company_id", "in", [False, self.company_id.id])
            & Domain("calendar_id", "in", [False, *calendars.ids])
        )
        for leave in leaves.search(domain):
            for calendar in leave.calendar_id or calendars:
                spans[calendar.id].append((leave.date_from, leave.date_to))
        return spans
