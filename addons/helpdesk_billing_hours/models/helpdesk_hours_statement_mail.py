from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class HelpdeskHoursStatement(models.Model):
    """Mailing it: one statement to each contact, with what that contact may read."""

    _inherit = "helpdesk.hours.statement"

    def action_send(self):
        """Mail the statement now to the contacts who see the hours."""
        for statement in self:
            people = statement._get_recipients()
            if not people:
                raise UserError(
                    self.env._(
                        "Nobody of %s has the role Hours or Billing on a contract and "
                        "an e-mail address: add it to a contact of the contract, or "
                        "print the statement.",
                        statement.partner_id.name,
                    )
                )
            statement._send(people)

    def _get_recipients(self):
        """Return the contacts who see hours that it tells and have an e-mail."""
        return self._get_told_contracts()._get_statement_readers()

    def _was_mailed(self, contracts):
        """Tell whether these contracts were told of the period, together or each."""
        if self.sent_at:
            return True
        mailed = self.search(
            [
                ("date_from", "=", self.date_from),
                ("date_to", "=", self.date_to),
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("sent_at", "!=", False),
            ]
        )
        told = mailed.contract_id._get_pool_members() if mailed else contracts.browse()
        return contracts <= told

    def _send(self, people):
        """Mail it with the PDF: a letter to those who may read the same of it."""
        statement = self.sudo()
        template = self.env.ref(
            "helpdesk_billing_hours.mail_template_statement"
            if statement.contract_id
            else "helpdesk_billing_hours.mail_template_statement_customer"
        )
        groups = {}
        for person in people:
            scope = statement._get_scope_of(person)
            groups[scope] = groups.get(scope, person) | person
        for group in groups.values():
            reader = statement.with_context(statement_reader=group[0].id)
            reader._mail(template, group)
        statement.sent_at = fields.Datetime.now()

    def _mail(self, template, people):
        report = self.env["ir.actions.report"]
        name = "helpdesk_billing_hours.report_hours_statement"
        content, kind = report._render_qweb_pdf(name, self.ids)
        attachment = self.env["ir.attachment"].create(
            {
                "name": self._get_file_name(kind),
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

    # Words of the mail

    def _tell_period(self):
        """Return the period in words."""
        return self.env._(
            "%(from)s to %(to)s",
            **{
                "from": format_date(self.env, self.date_from),
                "to": format_date(self.env, self.date_to),
            },
        )

    def _tell_closing(self):
        """Return the closing balance as hours and minutes."""
        minutes = self._get_data()["roll"].closing
        sign = "-" if minutes < 0 else ""
        return f"{sign}{abs(minutes) // 60}:{abs(minutes) % 60:02}"

    def _tells_packs(self):
        """Tell whether a pack is on it."""
        return self._get_data()["has_packs"]

    def _get_portal_url(self):
        """Return the address of the statement on the portal."""
        start = fields.Date.to_string(self.date_from)[:7]
        page = f"/my/hours/{self.company_id.id}/{start}"
        if self.contract_id:
            page = f"/my/contract/{self.contract_id.id}/hours/{start}"
        return f"{self.get_base_url()}{page}"

    # Once a month

    @api.model
    def _cron_send(self):
        """Mail the statements of the month that is over; once for each customer."""
        contracts = self.env["helpdesk.support.contract"].search(
            [("mails_statement", "=", True), ("is_signed", "=", True)], order="id"
        )
        groups = contracts.grouped(lambda c: (c.partner_id, c.company_id)).values()
        self.env["helpdesk.job.failure"]._work(
            "helpdesk_billing_hours.ir_cron_send_statements",
            groups,
            lambda group: group._mail_statement(),
        )
