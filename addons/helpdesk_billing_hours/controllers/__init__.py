from . import accountant_sheet
from . import annex
from . import portal_dispute
from . import portal_contract
from . import portal_approval
from . import portal_statement
