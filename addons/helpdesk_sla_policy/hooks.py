def uninstall_hook(env):
    """Move tickets off the stages that go away, to the nearest stage that stays."""
    tickets = env["helpdesk.ticket"].sudo().with_context(active_test=False)
    stages = env["helpdesk.ticket.stage"].with_context(active_test=False).search([])
    names = stages._get_external_ids()
    for stage in stages.filtered(
        lambda stage: any(
            name.startswith("helpdesk_sla_policy.") for name in names[stage.id]
        )
    ):
        target = env.ref(_get_successor(stage), raise_if_not_found=False)
        if target:
            moved = tickets.search([("stage_id", "=", stage.id)])
            moved.with_context(tracking_disable=True).write({"stage_id": target.id})


def _get_successor(stage):
    """Return the name of helpdesk_mgmt's stage that is nearest to a stage."""
    if stage.sla_solution == "void":
        name = "cancelled"
    elif stage.closed or stage.require_solution:
        name = "done"
    elif stage.unattended:
        name = "new"
    else:
        name = "awaiting" if stage.resume_stage_id else "in_progress"
    return f"helpdesk_mgmt.helpdesk_ticket_stage_{name}"
