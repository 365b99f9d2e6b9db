from odoo import fields, models
from odoo.exceptions import UserError


class HelpdeskTicket(models.Model):
    """Ask the customer for what is missing, by mail, once; or return the ticket."""

    _inherit = "helpdesk.ticket"

    intake_asked_at = fields.Datetime(
        string="Asked for Information",
        readonly=True,
        copy=False,
        help="When the customer was last told what is missing.",
    )
    is_returned = fields.Boolean(related="stage_id.is_returned")

    def action_return_incomplete(self):
        """Return the ticket (DEVUELTO) and tell the customer what is missing (R-A10).

        Raises UserError when nothing is missing, when nobody can be told, or when
        the team has no stage for it.
        """
        for ticket in self:
            ticket.check_access("write")
            missing = ticket._get_missing_intake_fields()
            if not missing:
                raise UserError(
                    self.env._(
                        "Nothing that the policy asks for is missing on %s: write to "
                        "the customer instead, and move it to a stage that waits.",
                        ticket.display_name,
                    )
                )
            if not (ticket.partner_id.email or ticket.partner_email):
                raise UserError(
                    self.env._(
                        "%s has no customer with an e-mail address: add it first, so "
                        "that we can say what is missing.",
                        ticket.display_name,
                    )
                )
            ticket.stage_id = ticket._get_returned_stage()
            ticket._send_intake_mail("helpdesk_intake.mail_template_returned")

    def _get_returned_stage(self):
        """Return the stage of the team for returned tickets."""
        self.ensure_one()
        stages = self.team_id.with_company(self.company_id)._get_applicable_stages()
        stage = stages.filtered("is_returned")[:1]
        if not stage:
            raise UserError(
                self.env._(
                    "The team of %s has no stage for returned tickets: choose another "
                    "team, or have a manager tick “Returned to the Customer” on one "
                    "of its stages.",
                    self.display_name,
                )
            )
        return stage

    def _send_intake_mail(self, xmlid):
        """Send a template about what is missing; it is no reply of the team."""
        self.ensure_one()
        template = self.env.ref(xmlid).sudo()
        rendered = {
            name: template._render_field(name, self.ids, compute_lang=True)[self.id]
            for name in ("subject", "body_html")
        }
        partner = self.partner_id
        self.with_context(sla_robot=True).message_post(
            subject=rendered["subject"],
            body=rendered["body_html"],
            message_type="auto_comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=partner.ids if partner.email else [],
            outgoing_email_to=False if partner.email else self.partner_email,
        )
        self.sudo().intake_asked_at = fields.Datetime.now()

    def _get_completion_url(self):
        """Return the address of the page on which the customer completes a ticket."""
        self.ensure_one()
        token = self.sudo()._portal_ensure_token()
        return (
            f"{self.get_base_url()}/my/ticket/{self.id}/complete?access_token={token}"
        )

    def _get_missing_intake_names(self):
        """Return the questions that wait for an answer, as the customer reads them."""
        return (
            self._get_missing_intake_fields().with_env(self.env).sudo().mapped("name")
        )

    def _get_receipt_details(self):
        """Return what the receipt of a ticket adds: what is missing, and the policy.

        Who wrote by mail could not know what is asked for (R-A10), and accepts the
        policy by writing (R-B8).
        """
        self.ensure_one()
        policy = self.sudo().sla_policy_id
        return self.env["ir.qweb"]._render(
            "helpdesk_intake.receipt_details",
            {
                "ticket": self,
                "missing": self._get_missing_intake_names()
                if self._is_from_mail()
                else [],
                "policy": policy.filtered("ask_acceptance").with_env(self.env).sudo(),
            },
        )

    def _is_from_mail(self):
        """Tell whether the ticket began as a mail."""
        mailed = [
            ("model", "=", self._name),
            ("res_id", "=", self.id),
            ("message_type", "=", "email"),
        ]
        return bool(self.env["mail.message"].sudo().search_count(mailed, limit=1))

    def _complete_by_customer(self, values, author):
        """Take the customer's answers and let the ticket go on (R-A3).

        The message is a reply of the customer: a returned ticket goes to the stage
        that follows, and its response is not asked for again.
        """
        self.ensure_one()
        self._set_intake_answers(values)
        names = [field.name for field in values]
        self.sudo().with_context(mail_post_autofollow_author_skip=True).message_post(
            body=self.env._("I have completed: %s.", ", ".join(names)),
            author_id=author.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
