"""With Sales Timesheets installed, hours on tickets are billed once."""

from workbench import addons, logcheck, odoo

GLUE = "helpdesk_billing_hours_sale_timesheet"


def test_sales_orders_never_bill_hours_on_tickets(scratch, databases, tmp_path):
    database = scratch("product")
    options = ("-i", GLUE, "--test-tags", f"/{GLUE}")
    log = odoo.batch(databases.server, database, tmp_path / "odoo.log", *options)
    logcheck.check(log, addons.discover())
    assert f"{GLUE}.tests.test_sale_timesheet" in log.read_text()
