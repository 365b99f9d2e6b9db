import logging

from odoo import api, fields, models

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
    annex_shared_id = fields.Many2one(
        "ir.attachment",
        string="Annex without Prices",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="The same annex for contacts who do not see the billing.",
    )
    unprinted_annex_ids = fields.Many2many(
        "ir.attachment",
        string="Annexes to Print",
        readonly=True,
        copy=False,
        help="They are kept as pages until a job has printed those very pages as PDFs.",
    )

    def action_print_annex(self):
        """Print what the plan promises at present."""
        return self.env.ref(REPORT).report_action(self)

    def _get_annex_lang(self):
        """Return the language in which the customer reads the annex."""
        return self.partner_id.lang or self.env.lang

    def _keep_annex(self):
        """Attach the annex as it is now: it stays, whatever becomes of the plan.

        It is kept as a page at once. A job, woken now, prints that page as a PDF: who
        signs does not wait for it, and what is printed is what was signed.
        """
        for contract in self:
            pages = contract._make_annexes()
            here = contract.with_context(lang=contract._get_annex_lang())
            files = here.message_post(
                body=here.env._("The annex as it is agreed."),
                attachments=list(pages.items()),
                subtype_xmlid="mail.mt_note",
            ).attachment_ids
            full, *shared = [
                files.filtered(lambda file, name=name: file.name == name)[:1]
                for name in pages
            ]
            contract.annex_id = full
            contract.annex_shared_id = shared[0] if shared else False
            contract.sudo().unprinted_annex_ids += files
        if self:
            cron = self.env.ref(
                "helpdesk_support_contract.ir_cron_print_annexes", False
            )
            if cron:  # not while the addon is being installed
                cron.sudo()._trigger()

    def _make_annexes(self):
        """Return the pages of the annex by name: the full one, one without prices."""
        here = self.with_context(lang=self._get_annex_lang())
        pages = {}
        for has_prices in (True, False) if self._has_annex_prices() else (True,):
            name = here.env._("Annex %s", self.name)
            if not has_prices:
                name = here.env._("Annex %s without prices", self.name)
            reports = here.env["ir.actions.report"].with_context(
                annex_prices=has_prices
            )
            content, _kind = reports.sudo()._render_qweb_html(REPORT, self.ids)
            pages[f"{name}.html"] = content
        return pages

    def _has_annex_prices(self):
        """Tell whether the annex says what only who sees the billing may read."""
        return False

    def _shows_annex_prices(self):
        """Tell whether the annex that is being made has prices: staff read them."""
        return self.env.context.get("annex_prices", self.env.user._is_internal())

    def _get_annex_for(self, partner):
        """Return the annex that a contact may download: with prices by role."""
        contract = self.sudo()
        if contract._has_role(partner, "billing"):
            return contract.annex_id
        return contract.annex_shared_id or contract.annex_id

    @api.model
    def _cron_print_annexes(self):
        """Print the annexes that are kept as pages; without a printer they stay so."""
        reports = self.env["ir.actions.report"]
        if reports.get_wkhtmltopdf_state() in ("install", "broken"):
            _logger.info("Annexes are kept as pages: no PDF can be printed here.")
            return
        waiting = self.with_context(active_test=False).search(
            [("unprinted_annex_ids", "!=", False)]
        )
        self.env["helpdesk.job.failure"]._work(
            "helpdesk_support_contract.ir_cron_print_annexes",
            waiting,
            lambda contract: contract._print_annexes(),
        )

    def _print_annexes(self):
        """Print the annexes as PDFs; when one fails all stay pages until tomorrow."""
        here = self.with_context(lang=self._get_annex_lang())
        for annex in here.unprinted_annex_ids:
            content = here._print_page(annex.raw.decode())
            annex.write(
                {
                    "name": f"{annex.name.removesuffix('.html')}.pdf",
                    "raw": content,
                    "mimetype": "application/pdf",
                }
            )
            self.unprinted_annex_ids -= annex

    def _print_page(self, page):
        """Return the PDF of a page that the annex's report made before."""
        reports = self.env["ir.actions.report"].with_context(debug=False)
        report = reports._get_report(REPORT)
        bodies, _ids, header, footer, formats = report._prepare_html(
            page, report_model=report.model
        )
        return reports._run_wkhtmltopdf(
            bodies,
            report_ref=REPORT,
            header=header,
            footer=footer,
            specific_paperformat_args=formats,
        )
