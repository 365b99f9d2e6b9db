from . import portal
from . import portal_authorization
from . import portal_deliverable
from . import portal_claim
from . import portal_service_credit
