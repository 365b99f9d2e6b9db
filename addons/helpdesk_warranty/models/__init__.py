from . import helpdesk_authorization
from . import helpdesk_coverage_reason
from . import helpdesk_deliverable
from . import helpdesk_sla_policy
from . import helpdesk_sla_target
from . import helpdesk_sla_timer
from . import helpdesk_ticket
from . import helpdesk_warranty_term
