from . import test_account_analytic_line
from . import test_helpdesk_authorization
from . import test_helpdesk_hours_invoicing
from . import test_helpdesk_hours_pack
from . import test_hours
from . import test_security
