def uninstall_hook(env):
    """Move tickets off the stages that go away, to the nearest stage that stays."""
    successors = {
        "stage_assigned": "helpdesk_ticket_stage_in_progress",
        "stage_development": "helpdesk_ticket_stage_in_progress",
        "stage_returned": "helpdesk_ticket_stage_awaiting",
        "stage_closing": "helpdesk_ticket_stage_done",
    }
    tickets = env["helpdesk.ticket"].sudo().with_context(active_test=False)
    for name, successor in successors.items():
        stage = env.ref(f"helpdesk_sla_policy.{name}", raise_if_not_found=False)
        target = env.ref(f"helpdesk_mgmt.{successor}", raise_if_not_found=False)
        if stage and target:
            moved = tickets.search([("stage_id", "=", stage.id)])
            moved.with_context(tracking_disable=True).write({"stage_id": target.id})
