from . import portal_confirmation
