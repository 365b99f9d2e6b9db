from . import test_sale_timesheet
