from . import helpdesk_authorization_proof
