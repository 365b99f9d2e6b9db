from . import test_helpdesk_ticket_intake
from . import test_helpdesk_ticket_closing
from . import test_helpdesk_ticket_notify
from . import test_robots
from . import test_portal_ticket
from . import test_uploads
