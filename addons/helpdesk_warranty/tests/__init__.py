from . import test_helpdesk_authorization
from . import test_helpdesk_deliverable
from . import test_helpdesk_service_credit
from . import test_helpdesk_ticket
from . import test_helpdesk_ticket_coverage
from . import test_portal
from . import test_preset_coverage
from . import test_security
