from . import helpdesk_hours_invoicing
