from . import annex
from . import portal_dispute
