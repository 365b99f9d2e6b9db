# Run by Odoo's shell: the users in LOGINS can log in, and there is something to see.
# ruff: noqa: F821
import os

for login in os.environ["LOGINS"].split(","):
    credential = {"type": "password", "login": login, "password": login}
    env["res.users"].authenticate(credential, {"interactive": False})
assert env["helpdesk.ticket"].search_count([]) > 10
