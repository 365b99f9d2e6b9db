from odoo import api, fields, models


class HelpdeskSupportPlan(models.Model):
    _name = "helpdesk.support.plan"
    _description = "Support Plan"
    _inherit = ["mail.thread"]
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        help="Empty: every company can sell this plan.",
    )
    policy_id = fields.Many2one(
        "helpdesk.sla.policy",
        string="SLA Policy",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Attention Hours",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        help="Hours in which time counts for production. Empty: the policy's.",
    )
    other_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Hours for the Rest",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        help="Attention hours of what is not production, when they differ.",
    )
    max_level = fields.Selection(
        [("1", "Level 1"), ("2", "Level 2"), ("3", "Level 3")],
        string="Highest Support Level",
        required=True,
        default="1",
        tracking=True,
        help="How far the customer may escalate a ticket.",
    )
    channel_ids = fields.Many2many(
        "helpdesk.ticket.channel",
        string="Channels",
        help="Channels that the plan includes. Empty: all of them.",
    )
    included = fields.Html(translate=True, help="Services that the plan includes.")
    excluded = fields.Html(translate=True, help="Services that the plan excludes.")
    contract_ids = fields.One2many("helpdesk.support.contract", "plan_id")
    contract_count = fields.Integer(compute="_compute_contract_count")

    def _compute_contract_count(self):
        counts = dict(
            self.env["helpdesk.support.contract"]._read_group(
                [("plan_id", "in", self.ids)], ["plan_id"], ["__count"]
            )
        )
        for plan in self:
            plan.contract_count = counts.get(plan, 0)

    @api.constrains("calendar_id", "other_calendar_id")
    def _check_calendars(self):
        for plan in self:
            (plan.calendar_id | plan.other_calendar_id)._check_support_hours()

    def write(self, vals):
        result = super().write(vals)
        if {"calendar_id", "other_calendar_id"} & vals.keys():
            self.contract_ids._follow_calendar()
        return result

    def copy_data(self, default=None):
        vals_list = super().copy_data(default=default)
        return [
            dict(vals, name=self.env._("%s (copy)", plan.name))
            for plan, vals in zip(self, vals_list, strict=True)
        ]

    def action_view_contracts(self):
        """Open the contracts on this plan."""
        self.ensure_one()
        return self.contract_ids._get_records_action(name=self.env._("Contracts"))

    def _get_calendar(self, environment):
        """Return the attention hours for an environment (R-C1).

        ``environment`` is the target's key, as non_production.
        """
        if environment == "non_production" and self.other_calendar_id:
            return self.other_calendar_id
        return self.calendar_id or self.policy_id.calendar_id
