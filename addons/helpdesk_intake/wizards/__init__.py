from . import helpdesk_ticket_confirmation
from . import helpdesk_ticket_refusal
