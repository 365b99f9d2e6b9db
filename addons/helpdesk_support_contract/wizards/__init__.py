from . import helpdesk_support_plan_change_wizard
from . import helpdesk_support_plan_copy
