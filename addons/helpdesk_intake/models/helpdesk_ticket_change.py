from odoo import api, fields, models
from odoo.exceptions import UserError


class HelpdeskTicket(models.Model):
    """What goes beyond a ticket becomes a change request (R-B7, R-D2)."""

    _inherit = "helpdesk.ticket"

    origin_ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Change of",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
        copy=False,
        tracking=True,
        help="The ticket from which this change request came.",
    )
    change_ids = fields.One2many(
        "helpdesk.ticket", "origin_ticket_id", string="Change Requests", copy=False
    )
    change_count = fields.Integer(compute="_compute_change_count")

    @api.depends("change_ids")
    def _compute_change_count(self):
        for ticket in self:
            ticket.change_count = len(ticket.change_ids)

    def action_create_change_request(self):
        """Make the linked change request of this ticket and open it."""
        change = self._create_change_request({})
        return change._get_records_action(name=self.env._("Change Request"))

    def action_view_changes(self):
        """Open the change requests of this ticket."""
        self.ensure_one()
        return self.change_ids._get_records_action(name=self.env._("Change Requests"))

    def _create_change_request(self, vals):
        """Return a new ticket of the type for changes, linked to this one (R-B7).

        It is escalated to the project manager of the team (R-D2). ``vals`` are
        values of the new ticket that replace the usual ones. Raises UserError when
        there is no such type.
        """
        self.ensure_one()
        change = self.env["helpdesk.ticket"].create(
            {**self._prepare_change_request(), **vals}
        )
        change._escalate_to_project_manager()
        self._post_change_link(change)
        return change

    def _prepare_change_request(self):
        """Return the values of this ticket's change request."""
        lang = self.partner_id.lang or self.env.lang
        return {
            "name": self.with_context(lang=lang).env._("Change: %s", self.name),
            "description": self.description,
            "origin_ticket_id": self.id,
            "type_id": self._get_change_type().id,
            "team_id": self.team_id.id,
            "user_id": self._get_project_manager().id,
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "partner_name": self.partner_name,
            "partner_email": self.partner_email,
            "channel_id": self.channel_id.id,
            "category_id": self.category_id.id,
            "speciality_id": self.speciality_id.id,
            "priority": "0",
        }

    @api.model
    def _get_change_type(self):
        """Return the type of change requests; raise UserError when there is none."""
        types = self.env["helpdesk.ticket.type"].sudo()
        change_type = types.search([("is_change", "=", True)], limit=1)
        if not change_type:
            raise UserError(
                self.env._(
                    "No ticket type is marked as change request: mark one in the "
                    "configuration of the types."
                )
            )
        return change_type

    def _get_project_manager(self):
        """Return who decides about changes: of the team, else its leader."""
        team = self.sudo().team_id
        return (team.project_manager_id or team.user_id).filtered("active")

    def _escalate_to_project_manager(self):
        """Put the change request on the project manager's desk, on record (R-D2)."""
        manager = self._get_project_manager()
        self._log_escalation(
            self.support_level,
            self.support_level,
            reason=self.env._("Change request of %s", self.origin_ticket_id.number),
            told=manager.name,
        )
        if manager:
            # Whom it is assigned to has a mail of that already.
            assigned = manager == self.user_id
            self.sudo().with_context(
                mail_activity_quick_update=assigned
            ).activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Decide about the change request"),
                user_id=manager.id,
            )
        else:
            self.message_post(
                body=self.env._(
                    "Nobody was told: the team has neither a project manager nor a "
                    "leader."
                ),
                subtype_xmlid="mail.mt_note",
            )

    def _post_change_link(self, change):
        """Let both tickets say where the other one is."""
        self.message_post(
            body=self.env._("Change request made: %s", change._get_html_link()),
            subtype_xmlid="mail.mt_note",
        )
        change.message_post(
            body=self.env._("Change request of %s", self._get_html_link()),
            subtype_xmlid="mail.mt_note",
        )
