from . import test_attainment
from . import test_helpdesk_support_contract
from . import test_helpdesk_support_plan
from . import test_helpdesk_ticket
from . import test_security
from . import test_versions
