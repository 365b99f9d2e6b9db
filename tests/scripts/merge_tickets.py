"""Merge two tickets: what the merge posts is no reply, the merged one is void."""

# ruff: noqa: F821
policy = env.ref("helpdesk_sla_policy.policy_stars")
policy.response_by = "reply"
team = env.ref("helpdesk_sla_policy.team_stars")
contact = env["res.partner"].create({"name": "Contact"})
agent = env["res.users"].create(
    {
        "name": "Agent",
        "login": "merging-agent",
        "email": "agent@example.com",
        # That addon moves messages, which Odoo lets administrators do only.
        "group_ids": [
            (4, env.ref("helpdesk_mgmt.group_helpdesk_manager").id),
            (4, env.ref("base.group_system").id),
        ],
    }
)
team.user_ids = [(4, agent.id)]
tickets = env["helpdesk.ticket"].create(
    [
        {
            "name": name,
            "description": "<p>Text</p>",
            "team_id": team.id,
            "partner_id": contact.id,
        }
        for name in ("Kept", "Merged")
    ]
)
kept, merged = tickets
wizard = env["helpdesk.ticket.merge"].with_user(agent)
wizard = wizard.with_context(active_ids=tickets.ids)
wizard = wizard.create({"ticket_ids": [(6, 0, tickets.ids)], "dst_ticket_id": kept.id})
wizard.merge_tickets()
assert not merged.active
assert set(merged.timer_ids.mapped("state")) == {"void"}, merged.timer_ids
assert kept._get_timer("response").state == "running"
assert not kept.event_ids.filtered(lambda event: event.reply == "team")
kept.with_user(agent).message_post(
    body="We are on it", message_type="comment", subtype_xmlid="mail.mt_comment"
)
assert kept._get_timer("response").state == "met"
env.cr.commit()
print("merged")
