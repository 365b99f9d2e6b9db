import logging

from odoo import fields, models

_logger = logging.getLogger(__name__)

REPORT = "helpdesk_support_contract.action_report_annex"


class HelpdeskSupportContract(models.Model):
    """The annex of a contract: what plan and policy promise, as it was signed."""

    _inherit = "helpdesk.support.contract"

    annex_id = fields.Many2one(
        "ir.attachment",
        string="Annex as Signed",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="What the plan and its policy promised when the contract was signed, or "
        "when its plan was changed last.",
    )

    def action_print_annex(self):
        """Print what the plan promises at present."""
        return self.env.ref(REPORT).report_action(self)

    def _get_annex_lang(self):
        """Return the language in which the customer reads the annex."""
        return self.partner_id.lang or self.env.lang

    def _keep_annex(self):
        """Attach the annex as it is now: it stays, whatever becomes of the plan.

        It is a PDF; where no PDF can be printed (wkhtmltopdf is missing, or the
        addon is being installed) it is the same document as a page.
        """
        for contract in self:
            here = contract.with_context(lang=contract._get_annex_lang())
            content, extension = here._render_annex()
            name = here.env._("Annex %s", contract.name)
            message = here.message_post(
                body=here.env._("The annex as it is agreed."),
                attachments=[(f"{name}.{extension}", content)],
                subtype_xmlid="mail.mt_note",
            )
            contract.annex_id = message.attachment_ids[:1]

    def _render_annex(self):
        """Return ``(content, extension)`` of the annex of this contract."""
        reports = self.env["ir.actions.report"].sudo()
        is_printable = (
            self.env.registry.ready
            and reports.get_wkhtmltopdf_state() not in ("install", "broken")
        )
        if is_printable:
            content, extension = reports._render_qweb_pdf(REPORT, self.ids)
            return content, extension
        _logger.info("The annex of %s is kept as a page, not as a PDF.", self.name)
        return reports._render_qweb_html(REPORT, self.ids)
