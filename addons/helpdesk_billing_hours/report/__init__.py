from . import helpdesk_hours_analysis
from . import helpdesk_hours_margin
from . import report_hours_statement
