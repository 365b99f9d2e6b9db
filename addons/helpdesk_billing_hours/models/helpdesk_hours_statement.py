from dateutil.relativedelta import relativedelta
from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError, ValidationError
from odoo.tools import format_date, mute_logger

FACTS = {"partner_id", "company_id", "contract_id", "date_from", "date_to"}


class HelpdeskHoursStatement(models.Model):
    """The hours of a customer in a period; see helpdesk_hours_statement_data.py.

    It stores the period and when it was mailed. What it says is derived, and reads the
    same for ever once the period is closed.
    """

    _name = "helpdesk.hours.statement"
    _description = "Statement of Support Hours"
    _inherit = ["mail.thread"]
    _order = "date_from desc, id desc"
    _mail_post_access = "read"

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        required=True,
        index=True,
        precompute=True,
        ondelete="cascade",
        domain="[('parent_id', '=', False)]",
    )
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        required=True,
        index=True,
        precompute=True,
    )
    contract_id = fields.Many2one(
        "helpdesk.support.contract",
        index=True,
        ondelete="cascade",
        domain="[('partner_id', '=?', partner_id), ('company_id', '=?', company_id)]",
        help="Empty: all contracts of the customer and the hours without a contract.",
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
    _customer_uniq = models.UniqueIndex(
        "(partner_id, company_id, date_from, date_to) WHERE contract_id IS NULL",
        "There is a statement of this customer and period already: open that one.",
    )
    _dates_check = models.Constraint(
        "CHECK (date_to >= date_from)",
        "The period ends before it starts: correct the dates.",
    )

    @api.depends("contract_id")
    def _compute_partner_id(self):
        for statement in self:
            contract = statement.contract_id
            statement.partner_id = contract.partner_id or statement.partner_id
            statement.company_id = (
                contract.company_id or statement.company_id or self.env.company
            )

    @api.depends("contract_id", "partner_id")
    def _compute_dates(self):
        """Propose the last month that is over in the customer's zone."""
        for statement in self:
            if statement.partner_id and not statement.date_from:
                start = statement._get_local_today() + relativedelta(months=-1, day=1)
                statement.date_from = start
                statement.date_to = start + relativedelta(day=31)
            statement.date_from = statement.date_from
            statement.date_to = statement.date_to

    @api.depends("date_to", "contract_id", "partner_id", "company_id")
    def _compute_is_final(self):
        shares = self.env["helpdesk.hours.share"].sudo()
        for statement in self:
            closed = shares._get_closed_until(
                statement.company_id, statement.partner_id
            )
            statement.is_final = bool(
                closed and statement.date_to and statement.date_to <= closed
            )

    @api.depends("date_from", "date_to", "contract_id", "partner_id", "company_id")
    @api.depends_context("uid", "su", "statement_lang", "statement_reader")
    def _compute_figures(self):
        for statement in self:
            if not (statement.partner_id and statement.date_from and statement.date_to):
                statement.update(dict.fromkeys(self._get_figures(), False))
                continue
            data = statement._get_data()
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

    @api.depends("contract_id", "partner_id", "date_from", "date_to")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for statement in self:
            statement.display_name = self.env._(
                "%(name)s, %(from)s to %(to)s",
                **{
                    "name": statement._get_subject(),
                    "from": format_date(self.env, statement.date_from),
                    "to": format_date(self.env, statement.date_to),
                },
            )

    @api.onchange("partner_id", "company_id")
    def _onchange_partner_id(self):
        """Let go of a contract that is not this customer's."""
        if self.contract_id and not self._is_of_contract():
            self.contract_id = False

    @api.constrains("date_from", "date_to", "contract_id")
    def _check_dates(self):
        for statement in self:
            if statement.date_from > statement.date_to:
                raise ValidationError(
                    self.env._("The period ends before it starts: correct the dates.")
                )

    @api.constrains("partner_id", "company_id", "contract_id")
    def _check_customer(self):
        for statement in self:
            customer = statement.partner_id.commercial_partner_id
            if customer != statement.partner_id:
                raise ValidationError(
                    self.env._(
                        "%(contact)s is a contact of %(customer)s: choose the company.",
                        contact=statement.partner_id.name,
                        customer=customer.name,
                    )
                )
            if statement.contract_id and not statement._is_of_contract():
                raise ValidationError(
                    self.env._(
                        "%(contract)s is not a contract of %(customer)s with "
                        "%(company)s: choose another one, or none for all.",
                        contract=statement.contract_id.name,
                        customer=customer.name,
                        company=statement.company_id.name,
                    )
                )

    def write(self, vals):
        if FACTS & vals.keys() and any(statement.sent_at for statement in self):
            raise UserError(
                self.env._("The statement was mailed: make another one instead.")
            )
        return super().write(vals)

    def _is_of_contract(self):
        """Tell whether customer and company are those of the contract."""
        contract = self.contract_id
        return (contract.partner_id, contract.company_id) == (
            self.partner_id,
            self.company_id,
        )

    def _get_subject(self):
        """Return the name of what it is about: a contract, else the customer."""
        return self.contract_id.name or self.partner_id.name or ""

    def _get_local_today(self):
        """Return today's date in the zone of the customer that is behind the most."""
        contracts = self.contract_id.sudo()
        if not contracts:
            contracts = contracts._get_signed_contracts(
                self.partner_id, self.company_id
            )
        if contracts:
            return min(contract._get_local_today() for contract in contracts)
        tz = self.partner_id.tz or self.env.user.tz
        return fields.Date.context_today(self.with_context(tz=tz or "UTC"))

    @api.model
    def _find(self, customer, company, date_from, date_to, contract=None):
        """Return the statement of a customer and period; it is made when needed.

        With a contract: the statement of that one alone.
        """
        key = {
            "partner_id": customer.id,
            "company_id": company.id,
            "contract_id": contract.id if contract else False,
            "date_from": date_from,
            "date_to": date_to,
        }
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

    @api.model
    def _get_action(self, customer, company=None, contract=None):
        """Return the action that opens the statements of a customer."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_billing_hours.helpdesk_hours_statement_action"
        )
        domain = [("partner_id", "=", customer.id)]
        context = {"default_partner_id": customer.id}
        if company:
            domain.append(("company_id", "=", company.id))
            context["default_company_id"] = company.id
        if contract:
            domain.append(("contract_id", "in", [False, contract.id]))
            context["default_contract_id"] = contract.id
        return {**action, "domain": domain, "context": context}

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

    def _get_file_name(self, extension):
        """Return the name of the file in which it is downloaded or mailed."""
        lang = self.with_context(lang=self._get_lang())
        start, stop = self.date_from, self.date_to
        period = f"{start:%Y-%m}"
        if (start, stop) != (start.replace(day=1), start + relativedelta(day=31)):
            period = f"{start} {stop}"
        name = f"{lang.env._('Hours')} {self.sudo()._get_subject()} {period}"
        return f"{name.replace('/', '-')}.{extension}"
