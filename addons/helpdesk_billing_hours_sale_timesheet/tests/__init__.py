from . import test_sale_timesheet
from . import test_sold_support
