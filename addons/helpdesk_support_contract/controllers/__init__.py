from . import portal_contract
from . import portal_ticket
from . import escalation
