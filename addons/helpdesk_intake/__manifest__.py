{
    "name": "Helpdesk Intake",
    "summary": "Triage, complete tickets, duplicates, notices and change requests",
    "version": "19.0.1.0.0",
    "license": "AGPL-3",
    "category": "After-Sales",
    "author": "Helpdesk Support Contracts contributors",
    "website": "https://github.com/OCA/helpdesk",
    "depends": ["helpdesk_support_contract"],
    "data": ["security/ir.model.access.csv"],
}
