from . import helpdesk_sla_backtest
from . import helpdesk_sla_backtest_line
from . import helpdesk_sla_monthly
from . import helpdesk_sla_escalate
from . import helpdesk_sla_escalation_judge
