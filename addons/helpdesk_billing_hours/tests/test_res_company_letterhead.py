"""A tall letterhead pushes the page down; a usual one leaves Odoo's paper alone."""

from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestLetterhead(TransactionCase):
    def test_margins_follow_the_lines_of_the_letterhead(self):
        """On A4 with 52 mm: three lines take 33 + 3 x 6 = 51 mm, eight take 81."""
        company = self.env["res.company"].create({"name": "Tall"})
        paper = self.env.ref("base.paperformat_euro")
        company.paperformat_id = paper
        usual = (paper.margin_top, paper.header_spacing)
        for lines, expected in ((3, 51), (8, 81)):
            company.company_details = "<br>".join(["Line"] * lines)
            more = max(expected - paper.margin_top, 0)
            with self.subTest(lines=lines):
                self.assertEqual(
                    company._get_letterhead_margins(),
                    (usual[0] + more, usual[1] + more),
                )
