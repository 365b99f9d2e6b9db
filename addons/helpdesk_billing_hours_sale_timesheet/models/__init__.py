from . import account_analytic_line
from . import account_move_line
from . import sale_order_line
