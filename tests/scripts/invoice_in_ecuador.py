"""Invoice support hours in a company with Ecuador's localisation; post and print."""
# ruff: noqa: F821

from odoo.fields import Command

company = env["res.company"].create(
    {
        "name": "Compañía de Prueba",
        "country_id": env.ref("base.ec").id,
        "vat": "1792366836001",
    }
)
env["account.chart.template"].try_loading("ec", company=company, install_demo=False)
env.user.company_ids = [Command.link(company.id)]
env.user.company_id = company
env = env(context={"allowed_company_ids": [company.id]})
journal = env["account.journal"].search(
    [("type", "=", "sale"), ("company_id", "=", company.id)], limit=1
)
journal.write({"l10n_ec_entity": "001", "l10n_ec_emission": "001"})
ruc = env.ref("l10n_ec.ec_ruc")
partner = env["res.partner"].create(
    {
        "name": "Comercial Andina",
        "is_company": True,
        "country_id": env.ref("base.ec").id,
        "l10n_latam_identification_type_id": ruc.id,
        "vat": "0992397535001",
    }
)
tax = env["account.tax"].search(
    [
        ("company_id", "=", company.id),
        ("type_tax_use", "=", "sale"),
        ("amount", "=", 15),
    ],
    limit=1,
)
assert tax, "the chart has no 15 % tax on sales"
product = env.ref("helpdesk_billing_hours.product_support_hour")
product.with_company(company).taxes_id = [Command.set(tax.ids)]
env["hr.employee"].create(
    {"name": "Agente", "user_id": env.uid, "company_id": company.id}
)
contract = env["helpdesk.support.contract"].create(
    {
        "partner_id": partner.id,
        "company_id": company.id,
        "currency_id": company.currency_id.id,
        "plan_id": env.ref("helpdesk_support_contract.plan_priority").id,
        "date_start": "2026-01-01",
        "date_end": "2026-12-31",
        "tz": "America/Guayaquil",
        "hour_price": 45,
        "has_overage_consent": True,
        "shows_covered_hours": True,
        "pack_ids": [
            Command.create({"name": "Horas", "hours": 1, "date_from": "2026-01-01"})
        ],
    }
)
contract.action_sign()
team = env["helpdesk.ticket.team"].create({"name": "Soporte", "company_id": company.id})
ticket = env["helpdesk.ticket"].create(
    {
        "name": "No se puede facturar",
        "description": "<p>Error</p>",
        "company_id": company.id,
        "team_id": team.id,
        "partner_id": partner.id,
        "contract_id": contract.id,
        "user_id": False,
    }
)
env["account.analytic.line"].create(
    {
        "ticket_id": ticket.id,
        "name": "Corrección",
        "started_at": "2026-01-12 15:00:00",  # Monday 10:00
        "unit_amount": 3,
    }
)
# Electronic invoices refuse negative lines: the run gives a credit note beside it.
assert company.support_credits_apart
credit_product = env.ref("helpdesk_billing_hours.product_service_credit")
credit_product.with_company(company).taxes_id = [Command.set(tax.ids)]
missed = env["helpdesk.service.credit"].create(
    {
        "contract_id": contract.id,
        "period": "month",
        "date_from": "2026-01-01",
        "date_to": "2026-01-31",
        "amount": 10,
        "state": "approved",
    }
)
wizard = env["helpdesk.hours.invoicing"].create(
    {"company_id": company.id, "date_from": "2026-01-01", "date_to": "2026-01-31"}
)
wizard.action_create_invoices()
moves = env["account.move"].search([("support_run_id", "!=", False)])
move, note = moves.sorted("move_type")
assert not move.invoice_line_ids.filtered(lambda line: line.price_subtotal < 0)
assert note == missed.move_id and note.move_type == "out_refund"
assert note.l10n_latam_document_type_id.internal_type == "credit_note"
note.invoice_date = "2026-01-31"
note.action_post()
assert note.name.startswith("NotCr "), note.name
assert f"{note.amount_total:.2f}" == "11.50", note.amount_total
assert move.l10n_latam_document_type_id, "no document type was found"
move.invoice_date = "2026-01-31"
move.action_post()
# 2:00 beyond the pack at 45.00 are 90.00; 15 % are 13.50; the pack's hour is at 0.00.
amounts = [
    f"{a:.2f}" for a in (move.amount_untaxed, move.amount_tax, move.amount_total)
]
assert amounts == ["90.00", "13.50", "103.50"], amounts
assert len(move.invoice_line_ids) == 2
assert move.name.startswith("Fact "), move.name
reports = env["ir.actions.report"]
for report in ("account.report_invoice", "helpdesk_billing_hours.report_hours_annex"):
    html = reports._render_qweb_html(report, move.ids)[0].decode()
    assert ticket.number in html, report
    if report.startswith("helpdesk"):
        assert "Hours beyond the pack" in html, html

# The yearly fee: 2500.00 and 375.00, then its credit note and a service credit.
fee_product = env.ref("helpdesk_billing_hours.product_priority_odoo_sh")
fee_product.with_company(company).taxes_id = [Command.set(tax.ids)]
partner.lang = "es_ES" if env["res.lang"]._activate_lang("es_ES") else "en_US"
contract.action_invoice_fee()
fee = contract.fee_ids.move_id
assert fee.l10n_latam_document_type_id.internal_type == "invoice"
fee.invoice_date = "2026-01-31"
fee.action_post()
assert fee.name.startswith("Fact "), fee.name
wizard = (
    env["account.move.reversal"]
    .with_context(active_model="account.move", active_ids=fee.ids)
    .create({"journal_id": journal.id, "date": "2026-02-28"})
)
wizard.refund_moves()
refund = wizard.new_move_ids
refund.invoice_line_ids.quantity = 0.5
assert refund.l10n_latam_document_type_id.internal_type == "credit_note"
refund.action_post()
assert refund.name.startswith("NotCr "), refund.name
pack = fee.invoice_line_ids.env["helpdesk.hours.pack"].search(
    [("move_line_id", "in", fee.invoice_line_ids.ids)]
)
assert pack.hours == 50 and pack.hours_left == 25, (pack.hours, pack.hours_left)
credit = env["helpdesk.service.credit"].create(
    {
        "contract_id": contract.id,
        "period": "month",
        "date_from": "2026-02-01",
        "date_to": "2026-02-28",
        "percent": 10,
        "state": "approved",
    }
)
credit.action_make_credit_note()
given = credit.move_id
assert given.l10n_latam_document_type_id.internal_type == "credit_note"
given.invoice_date = "2026-02-28"
given.action_post()
assert credit.state == "invoiced"
for move, expected in (
    (fee, ["2500.00", "375.00", "2875.00"]),
    (refund, ["1250.00", "187.50", "1437.50"]),
    (given, ["20.83", "3.12", "23.95"]),
):
    amounts = [
        f"{a:.2f}" for a in (move.amount_untaxed, move.amount_tax, move.amount_total)
    ]
    assert amounts == expected, (move.name, amounts)
    html = reports._render_qweb_html("account.report_invoice", move.ids)[0].decode()
    assert move.l10n_latam_document_number in html, move.name
    assert contract.name in html, move.name
    assert "Contrato" in html or "contrato" in html, move.name
