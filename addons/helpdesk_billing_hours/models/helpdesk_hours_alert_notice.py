from markupsafe import Markup

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date

from .. import hours


class HelpdeskHoursAlert(models.Model):
    """Who is told of an alert, and the renewal that is drafted with the last one."""

    _inherit = "helpdesk.hours.alert"

    def _tell_people(self):
        """Write to the customer, give our people an activity, draft the renewal."""
        partners = self._get_partners()
        if self.pack_id:
            self.ends_on = self.pack_id.ends_on
        hint = ""
        if self.pack_id and self.level == "last":
            lang = self.contract_id.user_id.lang or self.env.lang
            hint = self.with_context(lang=lang)._draft_renewal()
        self.told_partner_ids = partners
        kind = "pack" if self.pack_id else "authorization"
        self._write_mails(
            f"helpdesk_billing_hours.mail_template_alert_{kind}",
            partners,
            self.pack_id or self.authorization_id,
        )
        for user in self._get_users():
            self._give_activity(user, hint)

    def _get_partners(self):
        """Return the contacts who see the hours of the contract, else who was asked."""
        if self.contract_id:
            return self._get_role_partners(self.contract_id, ("billing", "hours"))
        return self.ticket_id.partner_id.filtered("email")

    def _get_users(self):
        """Return our contact, or the agent; with the last alert the team's head too.

        Without a contact on our side the head of a team that works for the contract.
        """
        if self.pack_id:
            teams = self.contract_id.ticket_ids.team_id
            own = self.contract_id.user_id.filtered("active")
            return own or teams.user_id.filtered("active")[:1]
        agent, head = self.ticket_id.user_id, self.ticket_id.team_id.user_id
        users = agent | head if self.level == "last" else agent or head
        return (users or self.contract_id.user_id).filtered("active")

    def _give_activity(self, user, hint):
        """Tell one of our people what is used up, who was told and what to do."""
        alert = self.with_context(lang=user.lang or self.env.lang)
        record = alert.contract_id if alert.pack_id else alert.ticket_id
        subject = alert.pack_id or alert.authorization_id
        lines = [*alert._tell_notes(), *filter(None, [hint])]
        record.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=user.id,
            summary=alert.env._(
                "%(subject)s: %(percent)s %% used",
                subject=subject.display_name,
                percent=alert.percent,
            ),
            note=Markup("").join(Markup("<p>%s</p>") % line for line in lines),
        )

    def _tell_notes(self):
        """Return sentences on what is used, on the forecast and on who was told."""
        used, total = self._get_minutes()
        notes = [
            self.env._(
                "%(used)s of %(total)s h are used.",
                used=hours.to_text(used),
                total=hours.to_text(total),
            )
        ]
        if self.pack_id:
            notes.append(self.env._("Forecast: %s.", self.pack_id.forecast))
        names = ", ".join(self.told_partner_ids.mapped("name"))
        notes.append(
            self.env._("Mail to %s.", names)
            if names
            else self.env._(
                "The customer was not told: nobody with an e-mail address has the role "
                "Billing or Hours on the contract."
            )
        )
        return notes

    def _get_texts(self):
        """Return the amounts and dates that the mail shows, in the language set."""
        used, total = self._get_minutes()
        contract = self.contract_id.sudo()
        pack = self.pack_id
        return {
            "used": hours.to_text(used),
            "total": hours.to_text(total),
            "left": hours.to_text(max(total - used, 0)),
            "last_day": pack and format_date(self.env, pack._get_last_day()),
            "ends_on": self.ends_on and format_date(self.env, self.ends_on),
            "forecast": pack.forecast,
            "others": hours.to_text(
                round((contract.hours_left - max(pack.hours_left, 0)) * 60)
            )
            if pack and contract.hours_left > pack.hours_left
            else False,
        }

    # The renewal

    def _draft_renewal(self):
        """Draft what follows this pack; return a sentence that says what it is.

        The next contract when this one ends soon or before the forecast, else an
        extra pack. Nothing while other hours are there. Nothing is posted or signed.
        """
        contract = self.contract_id
        if contract.renewal_id:
            self.renewal_id = contract.renewal_id
            return self._get_draft_line(contract.renewal_id)
        if self._has_other_hours():
            return self.env._("The contract has other hours: nothing was drafted.")
        ends_on = self.ends_on or contract.hours_end
        ends_first = ends_on and ends_on > contract.date_end
        try:
            with self.env.cr.savepoint():
                if contract.state == "ending" or ends_first:
                    contract.action_renew()
                    self.renewal_id = contract.renewal_ids[:1]
                elif contract.plan_id.extra_product_id:
                    self.move_id = self._make_draft()
                self.env.flush_all()
        except UserError as error:
            self.env.invalidate_all()
            return self.env._("The renewal could not be drafted: %s", error)
        record = self.renewal_id or self.move_id
        if not record:
            return self.env._(
                "Nothing was drafted: choose an extra pack on the plan “%s”.",
                contract.plan_id.display_name,
            )
        return self._get_draft_line(record)

    def _get_draft_line(self, record):
        """Return a sentence with a link to what was drafted."""
        text = self.env._("Drafted, look at it and send it:")
        name = record.display_name or self.env._("Draft invoice")
        return Markup("%s %s") % (text, record._get_html_link(name))

    def _has_other_hours(self):
        """Tell whether another pack has hours, or waits for its invoice to count."""
        today = self.contract_id._get_today()
        return any(
            pack.hours_left > 0 and today <= pack._get_last_day()
            for pack in self.contract_id._get_pool_packs() - self.pack_id
        )

    def _make_draft(self):
        """Make the draft invoice of an extra pack; it grants nothing before posting."""
        contract = self.contract_id
        move = (
            self.env["account.move"]
            .with_company(contract.company_id)
            .create(self._prepare_draft())
        )
        # Written later: a line made with its contract has the hours wait for it, and
        # nobody has ordered these yet.
        move.invoice_line_ids.support_contract_id = contract
        move.invoice_line_ids._put_taxes_in()
        move._message_log(
            body=self.env._(
                "Drafted because %(percent)s %% of “%(pack)s” (%(contract)s) are used. "
                "Post it when the customer wants the hours, else delete it.",
                percent=self.percent,
                pack=self.pack_id.name,
                contract=contract.name,
            )
        )
        return move

    def _prepare_draft(self):
        """Return the values of the draft of an extra pack; writes nothing."""
        contract = self.contract_id
        customer, product = contract.partner_id, contract.plan_id.extra_product_id
        return {
            "move_type": "out_invoice",
            "partner_id": customer.address_get(["invoice"])["invoice"],
            "currency_id": contract.currency_id.id,
            "company_id": contract.company_id.id,
            "invoice_user_id": contract.user_id.id,
            "invoice_origin": contract.name,
            "invoice_line_ids": [
                Command.create(
                    {
                        "product_id": product.id,
                        "quantity": 1,
                        "price_unit": contract._get_product_price(product),
                    }
                )
            ],
        }
