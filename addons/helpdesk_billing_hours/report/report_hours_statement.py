from odoo import api, models


class ReportHoursStatement(models.AbstractModel):
    """What the printed statement is about, stored or not."""

    _name = "report.helpdesk_billing_hours.report_hours_statement"
    _description = "Printed Statement of Support Hours"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Return the statements; the portal prints one that nobody has stored.

        Who asks for a report by its address cannot name one: it takes superuser code.
        """
        statements = self.env["helpdesk.hours.statement"]
        values = (data or {}).get("statement")
        docs = statements.browse(docids)
        if values and not docids and self.env.su:
            docs = statements.new(values)
        return {"doc_ids": docids, "doc_model": statements._name, "docs": docs}
