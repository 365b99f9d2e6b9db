from odoo import api, fields, models, tools

EFFECTS = [
    ("idle", "Not yet"),
    ("run", "Runs"),
    ("pause", "Pauses"),
    ("stop", "Stops"),
    ("void", "Void"),
]


class HelpdeskTicketStage(models.Model):
    _name = "helpdesk.ticket.stage"
    _inherit = ["helpdesk.ticket.stage", "helpdesk.cached.mixin"]

    sla_response = fields.Selection(
        [effect for effect in EFFECTS if effect[0] != "pause"],
        string="Response Clock",
        compute="_compute_sla_effects",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="What this stage does to the response time. Not yet: does not count. "
        "Runs: counts. Stops: the response has been given. Void: the promise no "
        "longer holds, as for cancelled tickets. A response never pauses.",
    )
    sla_solution = fields.Selection(
        EFFECTS,
        string="Solution Clock",
        compute="_compute_sla_effects",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="What this stage does to the solution time. Pauses: waits for the "
        "customer. Stops: the solution has been given. Editing this acts on what "
        "happens from now on.",
    )
    is_development = fields.Boolean(
        string="Development Task",
        help="A ticket in this stage is a development task: it is estimated.",
    )
    require_diagnosis = fields.Boolean(
        string="Ask for Diagnosis",
        help="A ticket enters this stage only with a diagnosis.",
    )
    require_solution = fields.Boolean(
        string="Ask for Solution",
        help="A ticket enters this stage only with a description of the solution.",
    )
    resume_stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        string="Stage after Customer's Reply",
        index="btree_not_null",
        ondelete="set null",
        help="When the customer answers publicly, the ticket moves to this stage and "
        "the clock goes on.",
    )

    sla_warning = fields.Text(compute="_compute_sla_warning")

    @api.depends("sla_response", "sla_solution", "team_ids", "closed")
    def _compute_sla_warning(self):
        teams = self.env["helpdesk.ticket.team"].search(
            [("sla_policy_id", "!=", False)]
        )
        stages_by_team = {team: team._get_applicable_stages() for team in teams}
        for stage in self:
            lines = []
            for team, stages in stages_by_team.items():
                if stage._origin in stages:
                    # As the form has it, saved or not.
                    edited = [stage if own == stage._origin else own for own in stages]
                    lines += [
                        f"{team.name}: {warning}"
                        for warning in team._get_sla_warnings(
                            self.browse().concat(*edited)
                        )
                    ]
            stage.sla_warning = "\n".join(lines)

    @api.model
    @tools.ormcache("stage_id", "self.env.lang")
    def _get_effects(self, stage_id):
        """Return (response, solution, closed, is_development, name) of a stage."""
        stage = self.sudo().browse(stage_id)
        return (
            stage.sla_response or "run",
            stage.sla_solution or "idle",
            stage.closed,
            stage.is_development,
            stage.name,
        )

    @api.depends("closed", "unattended")
    def _compute_sla_effects(self):
        for stage in self:
            if stage.closed:
                stage.sla_response, stage.sla_solution = "stop", "stop"
            elif stage.unattended:
                stage.sla_response, stage.sla_solution = "run", "idle"
            else:
                stage.sla_response, stage.sla_solution = "stop", "run"
