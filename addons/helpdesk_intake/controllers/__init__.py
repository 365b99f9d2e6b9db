from . import portal_confirmation
from . import portal_complete
from . import portal_policy
from . import portal_ticket
from . import portal_severity
