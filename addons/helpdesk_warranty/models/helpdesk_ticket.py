from odoo import api, fields, models
from odoo.exceptions import UserError


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    deliverable_ids = fields.One2many("helpdesk.deliverable", "ticket_id")
    deliverable_count = fields.Integer(compute="_compute_deliverable_count")
    authorization_ids = fields.One2many(
        "helpdesk.authorization", "ticket_id", string="Authorisations"
    )
    authorization_count = fields.Integer(
        string="Number of Authorisations", compute="_compute_authorized_hours"
    )
    authorized_hours = fields.Float(
        string="Authorised Hours", compute="_compute_authorized_hours"
    )
    is_estimated = fields.Boolean(
        readonly=True,
        copy=False,
        help="An estimate was delivered: its promise is kept.",
    )
    work_override_reason = fields.Char(
        string="Why Work Starts Unauthorised",
        copy=False,
        tracking=True,
        help="Needed to work on a ticket that is not covered before the customer "
        "authorised it.",
    )

    @api.model
    def _get_sla_triggers(self):
        return super()._get_sla_triggers() | {"is_estimated"}

    def _get_sla_state(self):
        return {**super()._get_sla_state(), "estimated": self.is_estimated}

    @api.depends("deliverable_ids")
    def _compute_deliverable_count(self):
        for ticket in self:
            ticket.deliverable_count = len(ticket.deliverable_ids)

    @api.depends(
        "authorization_ids.state",
        "authorization_ids.hours",
        "authorization_ids.is_out_of_hours",
    )
    def _compute_authorized_hours(self):
        for ticket in self:
            authorizations = ticket.authorization_ids
            ticket.authorization_count = len(authorizations)
            approved = authorizations.filtered(
                lambda a: a.state == "approved" and not a.is_out_of_hours
            )
            ticket.authorized_hours = sum(approved.mapped("hours"))

    def _check_stage_requirements(self, before):
        result = super()._check_stage_requirements(before)
        for ticket in self:
            stage = ticket.stage_id
            if before[ticket.id]["stage_id"] == stage.id or stage.sla_solution != "run":
                continue
            ticket._check_authorized()
        return result

    def _resume_after_reply(self):
        """Take a reply without starting work that nobody authorised (R-A8)."""
        waiting = self.sudo().filtered(
            lambda ticket: (
                ticket.stage_id.resume_stage_id.sla_solution == "run"
                and not ticket._may_be_worked_on()
            )
        )
        return super(HelpdeskTicket, self - waiting)._resume_after_reply()

    def _may_be_worked_on(self):
        """Tell whether the ticket is covered, authorised or excepted (R-A8)."""
        self.ensure_one()
        return (
            self.coverage != "billable"
            or bool(self.work_override_reason)
            or bool(self.authorized_hours)
        )

    def _check_authorized(self):
        """Refuse work on a ticket that is not covered and not authorised (R-A8)."""
        if not self._may_be_worked_on():
            raise UserError(
                self.env._(
                    "%(ticket)s is not covered (%(reason)s): the customer must "
                    "authorise hours first. Make an authorisation and send it, or "
                    "write why work starts without one.",
                    ticket=self.display_name,
                    reason=self.coverage_note,
                )
            )

    def action_new_authorization(self):
        """Open a new authorisation for this ticket."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Authorisation"),
            "res_model": "helpdesk.authorization",
            "view_mode": "form",
            "context": {"default_ticket_id": self.id},
        }

    def action_new_deliverable(self):
        """Open a new deliverable of this ticket."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Deliverable"),
            "res_model": "helpdesk.deliverable",
            "view_mode": "form",
            "context": {"default_ticket_id": self.id, "default_name": self.name},
        }

    def action_view_deliverables(self):
        """Open what was delivered on this ticket."""
        self.ensure_one()
        return self.deliverable_ids._get_records_action(
            name=self.env._("Deliverables"), context={"default_ticket_id": self.id}
        )

    def action_view_authorizations(self):
        """Open the authorisations of this ticket."""
        self.ensure_one()
        return self.authorization_ids._get_records_action(
            name=self.env._("Authorisations"), context={"default_ticket_id": self.id}
        )
