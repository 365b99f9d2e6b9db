from . import helpdesk_authorization_proof
from . import helpdesk_deliverable_response
