from dateutil.relativedelta import relativedelta
from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError, ValidationError
from odoo.tools import format_date, mute_logger


class HelpdeskHoursStatement(models.Model):
    """The hours of a contract in a period; see helpdesk_hours_statement_data.py.

    It stores the period and when it was mailed. What it says is derived, and reads the
    same for ever once the period is closed.
    """

    _name = "helpdesk.hours.statement"
    _description = "Statement of Support Hours"
    _inherit = ["mail.thread"]
    _order = "date_from desc, id desc"
    _mail_post_access = "read"

    contract_id = fields.Many2one(
        "helpdesk.support.contract", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="contract_id.company_id", store=True, index=True, precompute=True
    )
    partner_id = fields.Many2one(
        related="contract_id.partner_id",
        string="Customer",
        store=True,
        index=True,
        precompute=True,
    )
    date_from = fields.Date(
        string="From",
        compute="_compute_dates",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="The first day, in the customer's zone.",
    )
    date_to = fields.Date(
        string="To",
        compute="_compute_dates",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="The last day, in the customer's zone.",
    )
    sent_at = fields.Datetime(string="Mailed", readonly=True, copy=False)
    is_final = fields.Boolean(
        compute="_compute_is_final",
        help="The period is closed: what the statement says does not change any more.",
    )
    opening_hours = fields.Float(string="Opening", compute="_compute_figures")
    closing_hours = fields.Float(string="Closing", compute="_compute_figures")
    billable_hours = fields.Float(string="To Pay", compute="_compute_figures")
    preview = fields.Html(compute="_compute_figures", sanitize=False)

    _period_uniq = models.Constraint(
        "UNIQUE (contract_id, date_from, date_to)",
        "There is a statement of this contract and period already: open that one.",
    )
    _dates_check = models.Constraint(
        "CHECK (date_to >= date_from)",
        "The period ends before it starts: correct the dates.",
    )

    @api.depends("contract_id")
    def _compute_dates(self):
        """Propose the last month that is over in the customer's zone."""
        for statement in self:
            if statement.contract_id and not statement.date_from:
                today = statement.contract_id._get_local_today()
                start = today + relativedelta(months=-1, day=1)
                statement.date_from = start
                statement.date_to = start + relativedelta(day=31)
            statement.date_from = statement.date_from
            statement.date_to = statement.date_to

    @api.depends("date_to", "contract_id")
    def _compute_is_final(self):
        shares = self.env["helpdesk.hours.share"].sudo()
        for statement in self:
            contract = statement.contract_id
            closed = shares._get_closed_until(contract.company_id, contract.partner_id)
            statement.is_final = bool(closed and statement.date_to <= closed)

    @api.depends("date_from", "date_to", "contract_id")
    @api.depends_context("uid", "su", "statement_lang")
    def _compute_figures(self):
        for statement in self:
            if not (statement.contract_id and statement.date_from):
                statement.update(dict.fromkeys(self._get_figures(), False))
                continue
            data = statement._get_data(with_money=self._may_see_money())
            statement.opening_hours = data["roll"].opening / 60
            statement.closing_hours = data["roll"].closing / 60
            statement.billable_hours = data["billable"] / 60
            qweb = self.env["ir.qweb"].with_context(lang=statement._get_lang())
            statement.preview = qweb._render(
                "helpdesk_billing_hours.hours_statement",
                {"data": data, "disputes": False},
            )

    @api.model
    def _get_figures(self):
        return ("opening_hours", "closing_hours", "billable_hours", "preview")

    @api.depends("contract_id", "date_from", "date_to")
    def _compute_display_name(self):
        for statement in self:
            statement.display_name = self.env._(
                "%(contract)s, %(from)s to %(to)s",
                **{
                    "contract": statement.contract_id.name or "",
                    "from": format_date(self.env, statement.date_from),
                    "to": format_date(self.env, statement.date_to),
                },
            )

    @api.constrains("date_from", "date_to", "contract_id")
    def _check_dates(self):
        for statement in self:
            if statement.date_from > statement.date_to:
                raise ValidationError(
                    self.env._("The period ends before it starts: correct the dates.")
                )

    def write(self, vals):
        if {"contract_id", "date_from", "date_to"} & vals.keys() and any(
            statement.sent_at for statement in self
        ):
            raise UserError(
                self.env._("The statement was mailed: make another one instead.")
            )
        return super().write(vals)

    @api.model
    def _may_see_money(self):
        """Tell whether the user sees prices: accountants and managers do."""
        user = self.env.user
        return self.env.su or user.has_groups(
            "account.group_account_invoice,helpdesk_mgmt.group_helpdesk_manager"
        )

    @api.model
    def _find(self, contract, date_from, date_to):
        """Return the statement of a contract and period; it is made when needed."""
        key = {"contract_id": contract.id, "date_from": date_from, "date_to": date_to}
        domain = [(name, "=", value) for name, value in key.items()]
        found = self.search(domain, limit=1)
        if found:
            return found
        try:
            with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                return self.create(key)
        except UniqueViolation as error:
            # Somebody else made it at this moment: only another transaction sees it.
            raise ConcurrencyError("The statement was made meanwhile.") from error

    # Getting it

    def action_print(self):
        """Print the statement as PDF, in the customer's language."""
        report = self.env.ref("helpdesk_billing_hours.report_hours_statement_action")
        return report.report_action(self)

    def action_download_sheet(self):
        """Download the statement as a spreadsheet."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/helpdesk_billing_hours/statement/{self.id}",
            "target": "download",
        }

    def action_send(self):
        """Mail the statement now to the contacts who see the hours."""
        for statement in self:
            if not statement._get_recipients():
                raise UserError(
                    self.env._(
                        "Nobody on %s has the role Hours or Billing and an e-mail "
                        "address: add it to a contact of the contract.",
                        statement.contract_id.name,
                    )
                )
            statement._send()

    def _get_recipients(self):
        """Return the contacts of the contract who see the hours and have an e-mail."""
        contract = self.contract_id
        return contract._get_role_partners("hours", "billing").filtered("email")

    def _send(self):
        """Mail it with the PDF; hours without money to who may not see the billing."""
        statement = self.sudo()
        may_pay = statement.contract_id._get_role_partners("billing")
        people = statement._get_recipients()
        template = self.env.ref("helpdesk_billing_hours.mail_template_statement")
        for group, with_money in ((people & may_pay, True), (people - may_pay, False)):
            if group:
                statement.with_context(statement_money=with_money)._mail(
                    template, group
                )
        statement.sent_at = fields.Datetime.now()

    def _mail(self, template, people):
        report = self.env["ir.actions.report"]
        name = "helpdesk_billing_hours.report_hours_statement"
        content, kind = report._render_qweb_pdf(name, self.ids)
        lang = self.with_context(lang=self.partner_id.lang or None)
        attachment = self.env["ir.attachment"].create(
            {
                "name": f"{lang.env._('Hours')} {lang.display_name}.{kind}",
                "raw": content,
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        self.message_post_with_source(
            template,
            partner_ids=people.ids,
            attachment_ids=attachment.ids,
            subtype_xmlid="mail.mt_comment",
            email_layout_xmlid="mail.mail_notification_light",
        )

    @api.model
    def _cron_send(self):
        """Mail the statements of the month that is over; once for each contract."""
        contracts = self.env["helpdesk.support.contract"].search(
            [("mails_statement", "=", True), ("is_signed", "=", True)], order="id"
        )
        self.env["helpdesk.job.failure"]._work(
            "helpdesk_billing_hours.ir_cron_send_statements",
            contracts,
            lambda contract: contract._mail_statement(),
        )
