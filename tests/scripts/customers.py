"""Customers for the scripts: each with a contact and a contract in force."""

from odoo.fields import Command


def make_contracts(env, plan, count, roles, **values):
    """Return the signed contracts of so many customers; their contact has the roles."""
    contracts = env["helpdesk.support.contract"]
    for number in range(count):
        customer = env["res.partner"].create(
            {"name": f"Customer {number}", "is_company": True}
        )
        contact = env["res.partner"].create(
            {
                "name": f"Contact {number}",
                "email": f"contact{number}@example.com",
                "parent_id": customer.id,
            }
        )
        contract = contracts.create(
            {
                "partner_id": customer.id,
                "plan_id": plan.id,
                "date_start": "2026-01-01",
                "date_end": "2036-12-31",
                "user_id": env.ref("base.user_admin").id,
                "contact_ids": [
                    Command.create(
                        {"partner_id": contact.id, **dict.fromkeys(roles, True)}
                    )
                ],
                **values,
            }
        )
        contract.action_sign()
        contracts |= contract
    return contracts


def make_ticket(env, contract, **values):
    """Return a ticket of a contract's contact."""
    return env["helpdesk.ticket"].create(
        {
            "name": f"Ticket of {contract.name}",
            "description": "<p>Text</p>",
            "team_id": env.ref("helpdesk_sla_policy.team_stars").id,
            "partner_id": contract.contact_ids.partner_id.id,
            "contract_id": contract.id,
            "user_id": False,
            **values,
        }
    )


def log(env, ticket, hours, **values):
    """Log hours on a ticket."""
    return env["account.analytic.line"].create(
        {
            "ticket_id": ticket.id,
            "name": "Correction",
            "started_at": "2026-01-12 15:00:00",
            "unit_amount": hours,
            **values,
        }
    )
