"""Say which pages of the demo are worth a picture, and as whom they are seen."""

TICKET = "/odoo/action-helpdesk_mgmt.helpdesk_ticket_action"
SLA, CONTRACT = "helpdesk_sla_policy", "helpdesk_support_contract"
WARRANTY, BILLING = "helpdesk_warranty", "helpdesk_billing_hours"
INTAKE = "helpdesk_intake"


def tab(name):
    """Return the script that opens a tab of a form."""
    return f"document.querySelector('.o_notebook [name={name}]').click()"


# The messages of a portal page come last, in a shadow tree.
MESSAGES = """new Promise((done) => {
    const look = () => document.querySelector("#chatterRoot")?.shadowRoot
        ?.querySelector(".o-mail-Message") ? done() : setTimeout(look, 100);
    look();
    setTimeout(done, 10000);
})"""

# name: (log-in, address, what must be there, script before the picture, height)
# An address has {xmlid}s, and {model}s whose first record is meant.
PAGES = {
    "ticket_form": (
        "agent",
        TICKET + "/{helpdesk_sla_policy.ticket_report}",
        ".o_form_view .o_notebook",
        tab("timers"),
        1150,
    ),
    "ticket_list": ("agent", TICKET, ".o_list_view .o_data_row", "", 900),
    "ticket_kanban": (
        "agent",
        TICKET + "?view_type=kanban",
        ".o_kanban_view .o_kanban_record",
        "",
        900,
    ),
    "ticket_claim": (
        "agent",
        TICKET + "/{helpdesk_warranty.ticket_barcode_claim}",
        ".o_form_view .o_notebook",
        tab("hours"),
        1000,
    ),
    "timers": (
        "agent",
        f"/odoo/action-{SLA}.helpdesk_sla_timer_action",
        ".o_list_view",
        "",
        900,
    ),
    "policy_form": (
        "manager",
        f"/odoo/action-{SLA}.helpdesk_sla_policy_action/{{{SLA}.policy_stars}}",
        ".o_form_view",
        "",
        1000,
    ),
    "plan_form": (
        "manager",
        f"/odoo/action-{CONTRACT}.helpdesk_support_plan_action/"
        f"{{{CONTRACT}.plan_priority}}",
        ".o_form_view",
        "",
        900,
    ),
    "contract_form": (
        "manager",
        f"/odoo/action-{CONTRACT}.helpdesk_support_contract_action/"
        f"{{{CONTRACT}.contract_nube}}",
        ".o_form_view",
        "",
        1000,
    ),
    "contract_list": (
        "manager",
        f"/odoo/action-{CONTRACT}.helpdesk_support_contract_action",
        ".o_list_view .o_data_row",
        "",
        600,
    ),
    "deliverable_form": (
        "agent",
        f"/odoo/action-{WARRANTY}.helpdesk_deliverable_action/"
        f"{{{WARRANTY}.deliverable_guides}}",
        ".o_form_view",
        "",
        900,
    ),
    "deliverable_list": (
        "agent",
        f"/odoo/action-{WARRANTY}.helpdesk_deliverable_action",
        ".o_list_view .o_data_row",
        "",
        600,
    ),
    "authorization_form": (
        "agent",
        f"/odoo/action-{WARRANTY}.helpdesk_authorization_action/"
        f"{{{WARRANTY}.authorization_barcode}}",
        ".o_form_view",
        "",
        900,
    ),
    "portal_home": ("customer", "/my", ".o_portal_docs", "", 800),
    "portal_tickets": ("customer", "/my/tickets", ".o_portal_my_doc_table", "", 800),
    "portal_ticket": (
        "customer",
        f"/my/ticket/{{{SLA}.ticket_report}}",
        "[name=sla_timers]",
        MESSAGES,
        1000,
    ),
    "portal_deliverable": (
        "customer",
        f"/my/deliverable/{{{WARRANTY}.deliverable_discount}}",
        "form textarea",
        "",
        900,
    ),
    "portal_authorization": (
        "customer",
        f"/my/authorization/{{{WARRANTY}.authorization_training}}",
        "canvas, .o_web_sign_signature",
        "",
        900,
    ),
    "invoicing": (
        "accountant",
        f"/odoo/action-{BILLING}.helpdesk_hours_invoicing_action",
        ".modal .o_form_view, .o_form_view",
        "",
        800,
    ),
    "statement": (
        "accountant",
        f"/odoo/action-{BILLING}.helpdesk_hours_statement_action/"
        f"{{{BILLING}.statement_nube_now}}",
        ".o_hours_statement",
        "",
        1100,
    ),
    "dispute": (
        "manager",
        f"/odoo/action-{BILLING}.helpdesk_hours_dispute_action/"
        f"{{{BILLING}.dispute_down}}",
        ".o_form_view",
        "",
        900,
    ),
    "reconciliation": (
        "accountant",
        f"/odoo/action-{BILLING}.helpdesk_hours_reconciliation_action",
        ".modal .o_form_view, .o_form_view",
        "",
        800,
    ),
    "margin": (
        "accountant",
        f"/odoo/action-{BILLING}.helpdesk_hours_margin_action",
        ".o_pivot_view table",
        "",
        600,
    ),
    "portal_hours": (
        "customer",
        "/my/hours/{base.main_company}",
        "#support_hours",
        "",
        1200,
    ),
    "portal_dispute": (
        "customer",
        f"/my/dispute/{{{BILLING}.dispute_down}}",
        "[name=outcome]",
        "",
        700,
    ),
    "packs": (
        "accountant",
        f"/odoo/action-{BILLING}.helpdesk_hours_pack_action",
        ".o_list_view .o_data_row",
        "",
        500,
    ),
    "hours": (
        "accountant",
        f"/odoo/action-{BILLING}.helpdesk_hours_share_action",
        ".o_list_view",
        "",
        800,
    ),
}

# What the menus open, and one record of it: name: (log-in, action, model of the form).
MENUS = {
    # Helpdesk
    "teams": ("agent", "helpdesk_mgmt.helpdesk_ticket_dashboard_action", ""),
    "authorization_list": ("agent", f"{WARRANTY}.helpdesk_authorization_action", ""),
    "warranties": ("agent", f"{WARRANTY}.helpdesk_deliverable_action_warranty", ""),
    "service_credits": (
        "manager",
        f"{WARRANTY}.helpdesk_service_credit_action",
        "helpdesk.service.credit",
    ),
    "approvals": (
        "manager",
        f"{BILLING}.helpdesk_hours_approval_action",
        "helpdesk.hours.approval",
    ),
    "approval_ask": ("manager", f"{BILLING}.helpdesk_hours_approval_ask_action", ""),
    "disputes": ("manager", f"{BILLING}.helpdesk_hours_dispute_action", ""),
    # Reporting
    "attainment": ("manager", f"{SLA}.helpdesk_sla_attainment_action", ""),
    "monthly": ("manager", f"{SLA}.helpdesk_sla_monthly_action", ""),
    "backtest": ("manager", f"{SLA}.helpdesk_sla_backtest_action", ""),
    "ledger": ("manager", f"{SLA}.helpdesk_sla_event_action", ""),
    "escalations": (
        "manager",
        f"{SLA}.helpdesk_sla_escalation_action",
        "helpdesk.sla.escalation",
    ),
    "alerts": ("manager", f"{SLA}.helpdesk_sla_alert_action", ""),
    "changes": ("manager", f"{SLA}.helpdesk_sla_change_action", ""),
    "coverage": ("manager", f"{WARRANTY}.helpdesk_ticket_action_coverage", ""),
    "hours_alerts": (
        "manager",
        f"{BILLING}.helpdesk_hours_alert_action",
        "helpdesk.hours.alert",
    ),
    "analysis": ("manager", f"{BILLING}.helpdesk_hours_analysis_action", ""),
    "notices": (
        "manager",
        f"{INTAKE}.helpdesk_ticket_notice_action",
        "helpdesk.ticket.notice",
    ),
    "acceptances": ("manager", f"{INTAKE}.helpdesk_policy_acceptance_action", ""),
    # Configuration
    "policies": ("manager", f"{SLA}.helpdesk_sla_policy_action", ""),
    "plans": ("manager", f"{CONTRACT}.helpdesk_support_plan_action", ""),
    "services": (
        "manager",
        f"{CONTRACT}.helpdesk_support_service_action",
        "",
    ),
    "breach_reasons": ("manager", f"{SLA}.helpdesk_sla_breach_reason_action", ""),
    "adoption": ("manager", f"{SLA}.helpdesk_sla_adoption_action", ""),
    "holidays": ("manager", f"{SLA}.helpdesk_holiday_import_action", ""),
    "coverage_reasons": (
        "manager",
        f"{WARRANTY}.helpdesk_coverage_reason_action",
        "",
    ),
    "work_types": ("manager", f"{BILLING}.helpdesk_work_type_action", ""),
    "price_changes": (
        "manager",
        f"{BILLING}.helpdesk_price_change_action",
        "helpdesk.price.change",
    ),
    "specialities": (
        "manager",
        f"{INTAKE}.helpdesk_speciality_action",
        "helpdesk.speciality",
    ),
    "questions": (
        "manager",
        f"{INTAKE}.helpdesk_intake_field_action",
        "helpdesk.intake.field",
    ),
    "triage_rules": ("manager", f"{INTAKE}.helpdesk_triage_rule_action", ""),
    "refusal_reasons": ("manager", f"{INTAKE}.helpdesk_refusal_reason_action", ""),
    "stages": (
        "manager",
        "helpdesk_mgmt.helpdesk_ticket_stage_action",
        "helpdesk.ticket.stage",
    ),
    "team": (
        "manager",
        "helpdesk_mgmt.helpdesk_ticket_team_action",
        "helpdesk.ticket.team",
    ),
    # Invoicing
    "runs": (
        "accountant",
        f"{BILLING}.helpdesk_hours_run_action",
        "helpdesk.hours.run",
    ),
    "fees": (
        "accountant",
        f"{BILLING}.helpdesk_support_fee_action",
        "",
    ),
    "statements": ("accountant", f"{BILLING}.helpdesk_hours_statement_action", ""),
    "liability": ("accountant", f"{BILLING}.helpdesk_hours_liability_action", ""),
    "pack": (
        "accountant",
        f"{BILLING}.helpdesk_hours_pack_action",
        "helpdesk.hours.pack",
    ),
}

# Pages of the portal without more to say: name: address as the customer.
PORTAL = {
    "portal_new_ticket": "/new/ticket",
    "portal_policies": "/my/policies",
    "portal_contracts": "/my/contracts",
    "portal_contract": f"/my/contract/{{{CONTRACT}.contract_nube}}",
    "portal_escalate": "/my/escalate",
    "portal_escalate_ticket": f"/my/ticket/{{{SLA}.ticket_down}}/escalate",
    "portal_deliverables": "/my/deliverables",
    "portal_authorizations": "/my/authorizations",
    "portal_service_credits": "/my/service-credits",
    "portal_approvals": "/my/hours-approvals",
    "portal_disputes": "/my/disputes",
    "portal_invoices": "/my/invoices",
}

for _name, (_login, _action, _model) in MENUS.items():
    _address = f"/odoo/action-{_action}"
    PAGES[_name] = (_login, _address, ".o_action .o_content, .modal", "", 900)
    if _model:
        _form = (_login, f"{_address}/{{{_model}}}", ".o_form_view", "", 900)
        PAGES[f"{_name}_form"] = _form
for _name, _address in PORTAL.items():
    PAGES[_name] = ("customer", _address, "#wrap", "", 900)
