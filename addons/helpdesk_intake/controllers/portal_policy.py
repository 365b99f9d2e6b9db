from odoo import fields
from odoo.http import request, route

from odoo.addons.helpdesk_mgmt.controllers.myaccount import CustomerPortalHelpdesk


class CustomerPortalPolicy(CustomerPortalHelpdesk):
    """Customers accept the policy before they use tickets (R-B8)."""

    @route()
    def portal_my_tickets(self, *args, **kw):
        return get_acceptance_page() or super().portal_my_tickets(*args, **kw)

    @route()
    def portal_my_ticket(self, ticket_id, access_token=None, **kw):
        return get_acceptance_page() or super().portal_my_ticket(
            ticket_id, access_token=access_token, **kw
        )

    @route("/my/policies", type="http", auth="user", website=True)
    def portal_my_policies(self, back=None, **kw):
        """Show the policies of the user's contracts, those to accept first."""
        policies = get_portal_policies(request.env)
        acceptances = request.env["helpdesk.policy.acceptance"]
        pending = acceptances._get_pending(policies)
        rows = acceptances.sudo().search(
            [
                ("user_id", "=", request.env.uid),
                ("policy_id", "in", policies.ids),
            ]
        )
        return request.render(
            "helpdesk_intake.portal_my_policies",
            {
                "page_name": "helpdesk_policy",
                "pending": pending,
                "policies": policies - pending,
                "texts": {policy: policy._get_acceptance_text() for policy in policies},
                "versions": {
                    policy: policy._get_acceptance_version() for policy in policies
                },
                "accepted": {row.policy_id: row for row in rows.sorted("accepted_at")},
                "back": back or "",
            },
        )

    @route(
        "/my/policies/accept", type="http", auth="user", methods=["POST"], website=True
    )
    def portal_accept_policies(self, back=None, shown="", **kw):
        """Accept the policies that were shown, unless they have changed since."""
        policies = get_portal_policies(request.env)
        seen = set(shown.split(","))
        current = policies.filtered(lambda policy: get_policy_mark(policy) in seen)
        request.env["helpdesk.policy.acceptance"]._record(
            current, request.httprequest.remote_addr
        )
        if request.env["helpdesk.policy.acceptance"]._get_pending(policies):
            return request.redirect_query("/my/policies", {"back": back or ""})
        is_path = (back or "").startswith("/") and not (back or "").startswith("//")
        return request.redirect(back if is_path else "/my/tickets")


def get_policy_mark(policy):
    """Return what a form says about the policy and version that it shows."""
    return f"{policy.id}-{policy._get_acceptance_version()}"


def get_portal_contracts(env):
    """Return the contracts in force of the user's customer, with full access."""
    contracts = env["helpdesk.support.contract"].sudo()
    customer = env.user.partner_id.commercial_partner_id
    now = fields.Datetime.now()
    return contracts.browse(
        contracts._get_signed_ids(customer.id, env.company.id)
    ).filtered(lambda contract: contract._is_in_force(now))


def get_portal_teams(env):
    """Return the teams that take tickets from the portal, with full access."""
    return (
        env["helpdesk.ticket.team"]
        .sudo()
        .search(
            [
                ("show_in_portal", "=", True),
                ("company_id", "in", [False, env.company.id]),
            ]
        )
    )


def get_portal_policies(env):
    """Return the policies that the user's tickets follow, with full access.

    Those of the contracts in force; without one, those of the teams on the portal.
    """
    now = fields.Datetime.now()
    policies = env["helpdesk.sla.policy"].sudo()
    for contract in get_portal_contracts(env):
        policies |= contract._get_plan_at(now).policy_id
    return policies or get_portal_teams(env).sla_policy_id


def get_acceptance_page():
    """Return the way to the page on which the user accepts a policy, or None."""
    env = request.env
    if not env.user._is_portal():
        return None
    pending = env["helpdesk.policy.acceptance"]._get_pending(get_portal_policies(env))
    if not pending:
        return None
    return request.redirect_query(
        "/my/policies", {"back": request.httprequest.full_path.rstrip("?")}
    )
