"""The words that a story's file may use."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
STARS = ("0", "1", "2", "3")

STAGES = {
    "new": "helpdesk_sla_policy.stage_new",
    "assigned": "helpdesk_sla_policy.stage_assigned",
    "in_progress": "helpdesk_sla_policy.stage_in_progress",
    "awaiting": "helpdesk_sla_policy.stage_awaiting",
    "returned": "helpdesk_sla_policy.stage_returned",
    "development": "helpdesk_sla_policy.stage_development",
    "closing": "helpdesk_sla_policy.stage_closing",
    "done": "helpdesk_sla_policy.stage_done",
    "cancelled": "helpdesk_sla_policy.stage_cancelled",
    "rejected": "helpdesk_sla_policy.stage_rejected",
}
PLANS = {
    "standard": "helpdesk_support_contract.plan_standard",
    "priority": "helpdesk_support_contract.plan_priority",
    "always": "helpdesk_support_contract.plan_always",
}
CHANNELS = {
    name: f"helpdesk_mgmt.helpdesk_ticket_channel_{name}"
    for name in ("web", "email", "phone", "other")
}
PLATFORMS = ("odoo_sh", "cloud", "on_premise")
KINDS = ("ticket", "estimate", "development", "setting", "document")
REPLIES = ("customer", "agent", "note")

#: Sections of the file and the facts that each may state.
TABLES = {
    "customer": ("company", "contact", "email", "tz"),
    "calendar": ("opens", "closes", "days", "holidays", "tz"),
    "contract": (
        "plan",
        "platform",
        "start",
        "end",
        "hour_price",
        "overage_consent",
    ),
    "terms": (
        "response",
        "solution",
        "estimate_days",
        "acceptance_days",
        "warranty_days",
    ),
    "ticket": ("subject", "body", "received", "stars", "cause", "channel", "acts"),
    "deliverable": (
        "name",
        "kind",
        "delivered",
        "go_live",
        "accepted",
        "rejected",
        "grounds",
        "redelivered",
    ),
}
#: Sections of which there may be several: ``[[claims]]``.
LISTS = {
    "packs": ("hours", "start", "name"),
    "claims": ("subject", "body", "received", "stars", "cause"),
    "authorization": ("hours", "rate", "sent", "signed", "rejected", "signed_by", "on"),
    "work": ("started", "hours", "name", "on"),
    "invoice": ("date", "tax_percent"),
}
#: Facts whose value is one of these words, wherever they stand.
CHOICES = {
    "stage": (STAGES, "A stage"),
    "reply": (REPLIES, "A reply"),
    "stars": (STARS, "A number of stars"),
    "channel": (CHANNELS, "A channel"),
    "plan": (PLANS, "A plan"),
    "platform": (PLATFORMS, "A platform"),
    "kind": (KINDS, "A kind of deliverable"),
}
ACTS = ("at", "stars", "stage", "reply", "cause", "channel")
NEEDED = ("customer", "ticket")
