{
    "name": "Helpdesk Billing Hours with Sales Timesheets",
    "summary": "Hours on tickets are never billed by sales orders too",
    "version": "19.0.1.0.0",
    "license": "AGPL-3",
    "category": "After-Sales",
    "author": "Helpdesk Support Contracts contributors",
    "website": "https://github.com/OCA/helpdesk",
    "depends": ["helpdesk_billing_hours", "sale_timesheet"],
    "auto_install": True,
    "post_init_hook": "post_init_hook",
}
