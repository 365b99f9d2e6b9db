from datetime import timedelta

from dateutil.relativedelta import relativedelta
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class HelpdeskSupportContract(models.Model):
    """How a contract goes on: the notice before its end, and the next contract."""

    _inherit = "helpdesk.support.contract"

    notice_sent_at = fields.Datetime(
        string="Notice Sent",
        readonly=True,
        copy=False,
        help="When customer and responsible person were told that the contract ends.",
    )
    renewal_of_id = fields.Many2one(
        "helpdesk.support.contract",
        string="Renews",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        readonly=True,
        check_company=True,
    )
    renewal_ids = fields.One2many(
        "helpdesk.support.contract", "renewal_of_id", string="Renewals"
    )
    renewal_id = fields.Many2one(
        "helpdesk.support.contract",
        string="Renewed By",
        compute="_compute_renewal_id",
    )

    _renewal_uniq = models.UniqueIndex(
        "(renewal_of_id) WHERE renewal_of_id IS NOT NULL AND active",
        "This contract has just been renewed: open its renewal.",
    )

    @api.depends("renewal_ids")
    def _compute_renewal_id(self):
        for contract in self:
            contract.renewal_id = contract.renewal_ids[:1]

    def write(self, vals):
        if {"date_end", "notice_days"} & vals.keys() and "notice_sent_at" not in vals:
            vals = dict(vals, notice_sent_at=False)  # another end, another notice
        return super().write(vals)

    def action_renew(self):
        """Open the contract that follows this one, made now if there is none.

        Of two people at once one makes it, and both open the same.
        """
        self.ensure_one()
        if not self.is_signed:
            raise UserError(
                self.env._("%s is not signed: sign it, or change its dates.", self.name)
            )
        renewal = self.renewal_ids[:1]
        if not renewal:
            self._take_turns()
            renewal = self.copy(self._prepare_renewal())
            link = self.env._("Renewed by %s", "%s")
            self._message_log(body=_with_link(link, renewal))
            link = self.env._("Renews %s", "%s")
            renewal._message_log(body=_with_link(link, self))
        return renewal._get_records_action()

    def _take_turns(self):
        """Let whoever comes second wait, fail to serialise, and be tried again."""
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET id = id WHERE id = %s",
                SQL.identifier(self._table),
                self.id,
            )
        )

    def _get_at(self, moment):
        """Return this contract, or the signed renewal that goes on with it at a moment.

        A ticket keeps the contract that it was opened under; who works on it after the
        end works under the renewal. The moment is naive UTC.
        """
        contract = self
        while contract and contract._get_state_at(moment) == "ended":
            renewal = contract.sudo().renewal_ids[:1]
            if not renewal.is_signed or moment < renewal._get_terms().starts_at:
                break
            contract = renewal
        return contract

    def action_view_renewed(self):
        """Open the contract that this one renews."""
        return self.renewal_of_id._get_records_action()

    def _prepare_renewal(self):
        """Return what the next contract has of its own.

        It begins the day after, lasts as long, and has the newest version of the
        plan that is in force at the end.
        """
        start = self.date_end + timedelta(days=1)
        term = relativedelta(start, self.date_start)
        plan = self._get_plan_at(self.ends_at - timedelta(seconds=1))
        return {
            "renewal_of_id": self.id,
            "date_start": start,
            "date_end": start + term - timedelta(days=1),
            "plan_id": plan._get_newest().id,
            "tz": self.tz,
        }

    @api.model
    def _cron_notify_ending(self):
        """Tell, once, who should know that a contract ends soon."""
        contracts = self.search(
            [
                ("is_signed", "=", True),
                ("notice_sent_at", "=", False),
                ("ending_at", "<=", "now"),
                ("ends_at", ">", "now"),
            ]
        )
        contracts = contracts.filtered(lambda c: not c.renewal_id.is_signed)
        self.env["helpdesk.job.failure"]._work(
            "helpdesk_support_contract.ir_cron_notify_ending",
            contracts,
            lambda contract: contract._send_notice(),
        )

    def _send_notice(self):
        """Tell the responsible person (activity) and the customer (mail) of the end."""
        self.ensure_one()
        if self.notice_sent_at:
            return
        self.notice_sent_at = fields.Datetime.now()
        if self.user_id:
            lang = self.user_id.lang or self.env.lang
            self.with_context(lang=lang).activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=self.date_end,
                user_id=self.user_id.id,
                summary=self.with_context(lang=lang).env._(
                    "%s ends: renew it with the customer", self.name
                ),
            )
        self.message_post_with_source(
            self.env.ref("helpdesk_support_contract.mail_template_contract_ending"),
            email_layout_xmlid="mail.mail_notification_light",
            subtype_xmlid="mail.mt_note",
        )

    def _get_notice_partners(self):
        """Return whom the customer's notices go to: the owner, else who administers."""
        admins = self.contact_ids.filtered("role_admin").partner_id
        owner, admins = self.owner_id.filtered("active"), admins.filtered("active")
        return owner or admins or self.partner_id


def _with_link(text, record):
    """Return a text with a link to a record in place of its %s."""
    before, _sign, after = text.partition("%s")
    return Markup("%s%s%s") % (before, record._get_html_link(), after)
