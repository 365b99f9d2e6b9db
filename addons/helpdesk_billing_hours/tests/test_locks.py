"""What only the program links: no request, import, copy or context puts it there."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .test_credit_notes import CreditCommon

LINKS = (
    "support_fee_id",
    "support_origin_line_id",
    "support_reversed_line_id",
    "support_service_credit_id",
)

LATER = {"date_start": "2027-01-01", "date_end": "2027-12-31"}


@tagged("post_install", "-at_install")
class TestLocks(CreditCommon):
    def setUp(self):
        super().setUp()
        self.ticket = self.make_authorized_ticket()
        self.line = self.log(self.ticket, "2026-01-13 10:00", "2:10")
        self.move = self.invoice()
        self.sold = self.move.invoice_line_ids
        moves = self.env["account.move"].sudo(False).with_user(self.accountant)
        self.moves = moves.with_company(self.company)

    def prepare(self, line=None, **values):
        """Return the values of an invoice that an accountant makes by hand."""
        product = {"product_id": self.product.id, "quantity": 1, "price_unit": 45}
        return {
            "move_type": "out_invoice",
            "partner_id": self.customer.id,
            "invoice_line_ids": [Command.create({**product, **(line or {})})],
            **values,
        }

    def get_ids(self):
        credit = self.make_service_credit(self.ticket)[0]
        ids = dict.fromkeys(LINKS, self.sold.id)
        ids["support_service_credit_id"] = credit.id
        ids["support_fee_id"] = self.env["helpdesk.support.fee"].search([], limit=1).id
        return {name: number or 1 for name, number in ids.items()}

    def test_nobody_creates_or_writes_a_link(self):
        """Neither on a move of one's own, nor by commands through it."""
        own = self.moves.create(self.prepare())
        for name, number in self.get_ids().items():
            for act in (
                lambda vals: self.moves.create(self.prepare(vals)),
                own.invoice_line_ids.write,
                lambda vals: own.write(
                    {
                        "invoice_line_ids": [
                            Command.update(own.invoice_line_ids.id, vals)
                        ]
                    }
                ),
                lambda vals: own.write({"invoice_line_ids": [Command.create(vals)]}),
                lambda vals: own.invoice_line_ids.create({"move_id": own.id, **vals}),
            ):
                with (
                    self.subTest(field=name),
                    self.assertRefused("reverse the invoice", AccessError),
                ):
                    act({name: number})
        run = self.move.support_run_id
        with self.assertRefused("Only a run", AccessError):
            self.moves.create(self.prepare(support_run_id=run.id))
        with self.assertRefused("Only a run", AccessError):
            own.support_run_id = run

    def test_no_context_links(self):
        """A default of a context, or one that a user keeps, is not listened to."""
        ids = self.get_ids()
        context = {f"default_{name}": number for name, number in ids.items()}
        context["default_support_run_id"] = self.move.support_run_id.id
        self.env["ir.default"].set(
            "account.move.line", "support_origin_line_id", self.sold.id
        )
        own = self.moves.with_context(**context).create(self.prepare())
        self.assertFalse(own.support_run_id)
        for name in LINKS:
            self.assertFalse(own.invoice_line_ids[name], name)

    def test_no_import_links(self):
        """Columns of a file do no more than a request."""
        head = ["move_type", "partner_id/.id", "invoice_line_ids/product_id/.id"]
        row = ["out_invoice", str(self.customer.id), str(self.product.id)]
        loaded = self.moves.load(head, [row])
        self.assertTrue(loaded["ids"], loaded["messages"])
        for column, number in (
            ("support_run_id/.id", self.move.support_run_id.id),
            ("invoice_line_ids/support_origin_line_id/.id", self.sold.id),
        ):
            loaded = self.moves.load([*head, column], [[*row, str(number)]])
            self.assertFalse(loaded["ids"])
            self.assertIn("Only", loaded["messages"][0]["message"])

    def test_a_duplicate_charges_no_hours(self):
        """It is an invoice of its own: no run, no hours, no line that it replaces."""
        copied = self.moves.browse(self.move.id).copy().sudo()
        self.assertEqual(copied.amount_untaxed, self.move.amount_untaxed)
        self.assertFalse(copied.support_run_id)
        self.assertFalse(copied.support_share_ids)
        for name in LINKS:
            self.assertFalse(copied.invoice_line_ids[name], name)
        self.assertFalse(copied.support_hours_differ)
        self.assertEqual(self.get_live(self.ticket), (130, 0))

    def test_a_forged_context_takes_no_hours(self):
        """A copy that is asked to know its hours has none while the invoice lives."""
        source = self.moves.browse(self.move.id)
        copied = source.with_context(include_business_fields=True).copy().sudo()
        self.assertFalse(copied.invoice_line_ids.support_share_ids)
        self.assertTrue(copied.support_hours_differ)
        self.assertEqual(self.ticket.share_ids.move_line_id, self.sold)

    def test_a_reversal_links_what_it_reverses(self):
        refund = self.reverse(self.move)
        self.assertEqual(refund.invoice_line_ids.support_origin_line_id, self.sold)
        self.assertEqual(refund.support_credit_ids.mapped("minutes"), [130])

    def test_nobody_moves_hours_by_commands(self):
        """Shares, hours to credit and adjustments are not linked through a line."""
        own = self.moves.create(self.prepare()).invoice_line_ids
        pack = self.make_pack("1:00")
        share = self.ticket.share_ids
        for values in (
            {"support_share_ids": [Command.link(share.id)]},
            {"support_share_ids": [Command.update(share.id, {"minutes": 1})]},
            {"support_credit_ids": [Command.create({"share_id": share.id})]},
            {"support_adjustment_ids": [Command.link(pack.id)]},
            {"support_reversal_ids": [Command.link(self.sold.id)]},
        ):
            with (
                self.subTest(values=values),
                self.assertRaises(AccessError),
                self.request_of(self.accountant) as env,
            ):
                env["account.move.line"].browse(own.id).write(values)
        self.env.invalidate_all()
        self.assertEqual((share.move_line_id, share.minutes), (self.sold, 130))
        self.assertFalse(pack.credit_line_id)

    def test_sold_hours_change_by_adjustments_only(self):
        """R-A6: 20 h that were sold stay 20 h; their contract stays, too."""
        self.sell_pack()
        pack = self.contract.pack_ids
        other = self.make_contract(**LATER)
        for user in (self.accountant, self.manager):
            own = pack.sudo(False).with_user(user)
            for values in ({"hours": 200}, {"contract_id": other.id}):
                with self.assertRefused("make an adjustment"):
                    own.write(values)
            with self.assertRefused("Only an invoice or a contract", AccessError):
                own.write({"credit_line_id": self.sold.id})
            own.create(
                {"name": "Gift", "contract_id": self.contract.id, "hours": 1}
                | {"adjusts_id": pack.id}
            )
        self.assertEqual(pack.hours_left, 22)

    def test_a_draft_gives_its_hours_to_the_contract_that_it_names(self):
        """Another contract on the draft moves the pack; once posted it is refused."""
        other = self.make_contract(**LATER)
        product = self.env["product.product"].create(
            {"name": "Pack of 20 h", "type": "service", "support_hours": 20}
        )
        values = {"product_id": product.id, "support_contract_id": self.contract.id}
        draft = self.moves.create(self.prepare(values))
        self.assertEqual(self.contract.pack_ids.mapped("hours"), [20])
        draft.invoice_line_ids.support_contract_id = other
        self.assertFalse(self.contract.pack_ids)
        self.assertEqual(other.pack_ids.mapped("hours"), [20])
        self.post(draft)
        self.assertEqual(other.pack_ids.mapped("hours_left"), [20])
        with self.assertRefused("credit or delete the line"):
            draft.invoice_line_ids.support_contract_id = self.contract

    def test_settled_lines_start_no_timer(self):
        """A timer on settled hours could not stop: they do not change any more."""
        line = self.line.sudo(False).with_user(self.agent)
        with self.assertRefused("are settled"):
            line.is_running = True

    def test_packs_are_shared_by_agreement_only(self):
        """R-A6: a pool is not written, it follows from what contracts share."""
        other = self.make_contract(**LATER)
        contract = self.contract.sudo(False).with_user(self.manager)
        with self.assertRefused("whose packs", AccessError):
            contract.hours_pool_id = other

    def test_customers_ask_for_no_invoices(self):
        """What opens invoices checks the record first: any user can call it."""
        stranger = self.stranger
        for record, name in (
            (self.ticket, "action_view_invoices"),
            (self.move, "action_view_used_hours"),
            (self.contract, "action_view_support_moves"),
        ):
            own = record.sudo(False).with_user(stranger)
            with self.subTest(name=name), self.assertRaises(AccessError):
                getattr(own, name)()
