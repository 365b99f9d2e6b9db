# Run by Odoo's shell: tickets, their views and their portal pages work.
# ruff: noqa: F821
from werkzeug.test import Client

from odoo import http

login = "portal-customer"
user = env["res.users"].create(
    {
        "name": "Customer",
        "login": login,
        "password": login,
        "group_ids": [(6, 0, env.ref("base.group_portal").ids)],
    }
)
Ticket = env["helpdesk.ticket"]
ticket = Ticket.create(
    {
        "name": "The printer is on fire",
        "description": "Flames",
        "partner_id": user.partner_id.id,
    }
)
ticket.stage_id = env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
assert ticket.closed
assert Ticket.search([("name", "=", "Before")])
views = [(False, kind) for kind in ("list", "form", "kanban", "search")]
assert set(Ticket.get_views(views)["views"]) == {kind for _view, kind in views}
env.cr.commit()

client = Client(http.root)
credentials = {"db": env.cr.dbname, "login": login, "password": login}
here = {"REMOTE_ADDR": "127.0.0.1"}
answer = client.post(
    "/web/session/authenticate", json={"params": credentials}, environ_base=here
)
assert answer.json["result"]["uid"] == user.id, answer.text
for page in ("/my/tickets", f"/my/ticket/{ticket.id}"):
    answer = client.get(page, environ_base=here)
    assert answer.status_code == 200, answer.text
    assert ticket.name in answer.text
