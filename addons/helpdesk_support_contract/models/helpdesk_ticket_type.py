from odoo import api, fields, models, tools


class HelpdeskTicketType(models.Model):
    _name = "helpdesk.ticket.type"
    _inherit = ["helpdesk.ticket.type", "helpdesk.cached.mixin"]

    is_change = fields.Boolean(
        string="Change Request",
        help="Tickets of this type are changes beyond the scope or after the "
        "warranty; they go to the project manager and are not covered.",
    )

    @api.model
    @tools.ormcache()
    def _get_change_type_ids(self):
        """Return the ids of the types of change requests, archived ones too."""
        types = self.sudo().with_context(active_test=False)
        return frozenset(types.search([("is_change", "=", True)]).ids)
