from . import helpdesk_support_plan
from . import helpdesk_support_environment
from . import helpdesk_support_contact
from . import helpdesk_support_contract
from . import helpdesk_ticket
from . import res_partner
from . import resource_calendar
