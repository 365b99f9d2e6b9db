from . import test_clock
from . import test_clock_properties
from . import test_clock_timer
from . import test_replay
from . import test_helpdesk_ticket
