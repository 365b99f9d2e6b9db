def post_init_hook(env):
    """Take hours on tickets off the sales orders that Sales Timesheets gave them."""
    lines = env["account.analytic.line"].search(
        [("ticket_id", "!=", False), ("so_line", "!=", False)]
    )
    lines.filtered(lambda line: line._is_not_billed()).write({"so_line": False})
