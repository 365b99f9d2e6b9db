from . import helpdesk_ticket_confirmation
