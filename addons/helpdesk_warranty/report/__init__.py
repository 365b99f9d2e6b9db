from . import helpdesk_sla_attainment
