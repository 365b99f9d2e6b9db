import hashlib

from odoo import SUPERUSER_ID, models

from odoo.addons.helpdesk_sla_policy.models.mail_thread import AUTOMATIC


class HelpdeskHoursMailMixin(models.AbstractModel):
    """What tells each contact of the customer by a mail of its own, once."""

    _name = "helpdesk.hours.mail.mixin"
    _description = "Mails about Support Hours"

    def _get_role_partners(self, contract, roles):
        """Return the contacts of a contract with any of the roles, else its owner."""
        partners = contract._get_role_partners(*roles).filtered("email")
        return partners or contract.sudo().owner_id.filtered(
            lambda owner: owner.active and owner.email
        )

    def _write_mails(self, template_xmlid, partners, thread, key="", **context):
        """Write a mail for each contact in the own language; a note says to whom.

        ``thread`` is the record that replies go to. The Message-ID is the same for
        the same contact, template and ``key``, whatever is done again.
        """
        self.ensure_one()
        template = self.env.ref(template_xmlid).sudo()
        values = [
            self._prepare_mail(
                template.with_context(
                    lang=partner.lang or self.env.lang,
                    recipient_name=partner.name,
                    **context,
                ),
                partner,
                thread,
                self._get_mail_key(template_xmlid, partner, key),
            )
            for partner in partners
        ]
        mails = self.env["mail.mail"].with_user(SUPERUSER_ID).create(values)
        mails.send_after_commit()
        if partners:
            thread.sudo()._message_log(
                body=self.env._(
                    "%(subject)s: mail to %(names)s.",
                    subject=template.with_context(lang=self.env.lang)._render_field(
                        "subject", self.ids
                    )[self.id],
                    names=", ".join(partners.mapped("name")),
                )
            )
        return mails

    def _prepare_mail(self, template, partner, thread, key):
        """Return the values of the mail to a contact; writes nothing."""
        company = thread.sudo().company_id or self.env.company
        body = template._render_field("body_html", self.ids)[self.id]
        return {
            "subject": template._render_field("subject", self.ids)[self.id],
            "body_html": self.env["mail.render.mixin"]._render_encapsulate(
                "mail.mail_notification_light",
                body,
                add_context={"company": company},
                context_record=thread,
            ),
            "email_from": company.email_formatted or self.env.user.email_formatted,
            "reply_to": thread._notify_get_reply_to()[thread.id],
            "recipient_ids": [(4, partner.id)],
            "auto_delete": False,
            "message_type": "user_notification",
            "model": thread._name,
            "res_id": thread.id,
            "message_id": key,
            "headers": repr(AUTOMATIC),
        }

    def _get_mail_key(self, template_xmlid, partner, key):
        """Return the Message-ID of a mail: the same whenever it is written."""
        text = f"{self._name}:{self.id}:{template_xmlid}:{partner.id}:{key}"
        digest = hashlib.sha256(text.encode()).hexdigest()[:32]
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return f"<helpdesk-hours-{digest}@{database}>"
