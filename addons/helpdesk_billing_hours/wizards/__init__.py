from . import helpdesk_hours_period_mixin
from . import helpdesk_hours_invoicing
from . import helpdesk_hours_invoicing_drafts
from . import helpdesk_hours_invoicing_credits
from . import helpdesk_hours_approval_ask
from . import helpdesk_hours_liability
from . import helpdesk_hours_reconciliation
