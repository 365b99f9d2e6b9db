from odoo import api, fields, models, tools
from odoo.fields import Domain

from ..terms import PlanTerms
from .helpdesk_support_plan_level import LEVELS


class HelpdeskSupportPlan(models.Model):
    _name = "helpdesk.support.plan"
    _description = "Support Plan"
    _inherit = ["helpdesk.support.version.mixin", "mail.thread"]
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
    origin_id = fields.Many2one(
        "helpdesk.support.plan",
        string="First Version",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        readonly=True,
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
        LEVELS,
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
    service_ids = fields.One2many(
        "helpdesk.support.plan.service",
        "plan_id",
        string="Services",
        copy=True,
        help="What customers may ask for, and what they may not. A ticket for an "
        "excluded service says so at once.",
    )
    level_ids = fields.One2many(
        "helpdesk.support.plan.level", "plan_id", string="Levels", copy=True
    )
    included = fields.Html(translate=True, help="Services that the plan includes.")
    excluded = fields.Html(translate=True, help="Services that the plan excludes.")
    contract_ids = fields.One2many("helpdesk.support.contract", "plan_id")
    contract_count = fields.Integer(compute="_compute_contract_count")

    _version_uniq = models.UniqueIndex(
        "(origin_id, version) WHERE origin_id IS NOT NULL",
        "Somebody has just made this version: open it instead of making another.",
    )

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
        if {"calendar_id", "other_calendar_id", "policy_id"} & vals.keys():
            self.env.registry.clear_cache()
            self.env["helpdesk.sla.change"]._note(self, "contract_id.plan_id")
        return result

    def copy_data(self, default=None):
        vals_list = super().copy_data(default=default)
        if "name" in (default or {}) or self.env.context.get("keep_name"):
            return vals_list
        return [
            dict(vals, name=self.env._("%s (copy)", plan.name))
            for plan, vals in zip(self, vals_list, strict=True)
        ]

    @api.model
    def _get_agreed_fields(self):
        return super()._get_agreed_fields() | {
            "calendar_id",
            "channel_ids",
            "excluded",
            "included",
            "max_level",
            "other_calendar_id",
            "policy_id",
        }

    def _get_signed_contracts(self):
        contracts = self.env["helpdesk.support.contract"]
        return contracts.with_context(active_test=False).search(
            Domain("is_signed", "=", True) & contracts._get_plan_domain(self)
        )

    def _make_customer_plan(self, partner):
        """Return a copy of this plan and of its policy for one customer (R-E7)."""
        self.ensure_one()
        policy = self.policy_id._make_copy_for(partner)
        return self._make_copy_for(partner, policy_id=policy.id)

    def action_copy_for_customer(self):
        """Ask for the customer and open a copy of plan and policy for it."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Copy for a Customer"),
            "res_model": "helpdesk.support.plan.copy",
            "view_mode": "form",
            "target": "new",
            "context": {"default_plan_id": self.id},
        }

    def action_view_contracts(self):
        """Open the contracts on this plan."""
        self.ensure_one()
        return self.contract_ids._get_records_action(name=self.env._("Contracts"))

    def _excludes_channel(self, channel):
        """Tell whether this plan leaves a channel out; it may name none at all."""
        return bool(self.channel_ids) and channel not in self.channel_ids

    def _get_service_kind(self, service):
        """Return ``included`` or ``excluded``, or False when the plan is silent."""
        line = self.service_ids.filtered(lambda line: line.service_id == service)
        return line[:1].kind

    def _get_calendar(self, environment):
        """Return the attention hours for an environment (R-C1).

        ``environment`` is the target's key, as non_production.
        """
        calendar_id = self._get_terms().get_calendar_id(environment)
        return self.env["resource.calendar"].browse(calendar_id)

    def _get_policy(self):
        """Return the policy of this plan."""
        return self.env["helpdesk.sla.policy"].browse(self._get_terms().policy_id)

    def _read_terms(self):
        """Return what every ticket asks of this plan, as plain values."""
        self.ensure_one()
        production = self.calendar_id or self.policy_id.calendar_id
        other = self.other_calendar_id or production
        return PlanTerms(self.policy_id.id, production.id, other.id)

    @api.model
    @tools.ormcache("plan_id")
    def _get_cached_terms(self, plan_id):
        """Return the terms of a stored plan; a new ticket reads no record."""
        return self.sudo().browse(plan_id)._read_terms()

    def _get_terms(self):
        """Return the terms of this plan, also of one that is being edited."""
        self.ensure_one()
        return self._get_cached_terms(self.id) if self.id else self._read_terms()

    def _get_annex_hours(self, own_calendar=False):
        """Return the attention hours in words: dicts of name, lines and zone.

        ``own_calendar`` is what was agreed with the customer instead of the plan's.
        """
        production = own_calendar or self._get_calendar("production_up")
        other = own_calendar or self._get_calendar("non_production")
        calendars = [(self.env._("Support"), production)]
        if other != production:
            calendars = [
                (self.env._("Production"), production),
                (self.env._("The rest"), other),
            ]
        office = self.policy_id._get_office_calendar()
        if office not in (production | other):
            calendars.append((self.env._("Terms in business days"), office))
        return [
            {
                "name": name,
                "lines": calendar.sudo()._describe_hours(),
                "tz": calendar.sudo().tz,
            }
            for name, calendar in calendars
        ]
