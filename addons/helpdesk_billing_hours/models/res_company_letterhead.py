from odoo import models
from odoo.tools import html2plaintext

#: Millimetres of a letterhead: up to the logo's end, and each line below it.
LOGO_HEIGHT, LINE_HEIGHT = 33, 6


class ResCompany(models.Model):
    """How much room the letterhead takes on a printed page."""

    _inherit = "res.company"

    def _get_letterhead_margins(self):
        """Return (top margin, header spacing) in mm of a page with the letterhead.

        Odoo's paper leaves room for a logo and three lines; a taller letterhead would
        lie over the titles of a table that goes on on the next page.
        """
        self.ensure_one()
        paper = self.paperformat_id or self.env.ref("base.paperformat_euro")
        text = html2plaintext(self.company_details or "").strip()
        if not text:  # Odoo prints the address then
            text = f"{self.name}\n{self.partner_id._display_address(True)}"
        lines = [line for line in text.splitlines() if line.strip()]
        more = max(LOGO_HEIGHT + LINE_HEIGHT * len(lines) - paper.margin_top, 0)
        return paper.margin_top + more, paper.header_spacing + more
