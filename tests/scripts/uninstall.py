# Run by Odoo's shell: make a ticket, then uninstall the modules in MODULES.
# ruff: noqa: F821
import os

env["helpdesk.ticket"].create({"name": "Before", "description": "Made with all addons"})
env.cr.commit()
modules = env["ir.module.module"].search(
    [("name", "in", os.environ["MODULES"].split(",")), ("state", "=", "installed")]
)
modules.button_immediate_uninstall()
