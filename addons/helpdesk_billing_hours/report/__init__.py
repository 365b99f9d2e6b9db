from . import helpdesk_hours_analysis
from . import helpdesk_hours_margin
