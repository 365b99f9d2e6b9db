from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain


class HelpdeskSupportContract(models.Model):
    """Which plan a contract rests on, at which moment."""

    _inherit = "helpdesk.support.contract"

    change_ids = fields.One2many(
        "helpdesk.support.plan.change",
        "contract_id",
        string="Changes of Plan",
        readonly=True,
        copy=False,
    )
    plan_since = fields.Datetime(
        readonly=True, copy=False, help="When the present plan replaced another one."
    )
    next_plan_at = fields.Datetime(
        string="Plan Changes At",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="When the change of plan that is agreed takes effect.",
    )
    newest_plan_id = fields.Many2one(
        "helpdesk.support.plan", compute="_compute_newest_plan_id"
    )

    @api.depends("plan_id")
    def _compute_newest_plan_id(self):
        for contract in self:
            newest = contract.plan_id and contract.plan_id._get_newest()
            contract.newest_plan_id = newest if newest != contract.plan_id else False

    @api.constrains("plan_id", "partner_id")
    def _check_plan_customer(self):
        for contract in self:
            owner = contract.plan_id.partner_id or contract.plan_id.policy_id.partner_id
            if owner and owner != contract.partner_id:
                raise ValidationError(
                    self.env._(
                        "The plan “%(plan)s” was made for %(customer)s: choose another "
                        "one, or copy it for this customer.",
                        plan=contract.plan_id.display_name,
                        customer=owner.display_name,
                    )
                )

    @api.model
    def _get_plan_domain(self, plans):
        """Return the domain of contracts that rest, or rested, on plans."""
        return (
            Domain("plan_id", "in", plans.ids)
            | Domain("change_ids.plan_id", "in", plans.ids)
            | Domain("change_ids.old_plan_id", "in", plans.ids)
        )

    def write(self, vals):
        if "plan_id" not in vals or self.env.context.get("plan_change"):
            return super().write(vals)
        # A plan entered wrongly is corrected; once there are tickets it is a change.
        tickets = self.env["helpdesk.ticket"].sudo().with_context(active_test=False)
        moved = self.filtered(
            lambda contract: (
                contract.is_signed
                and contract.plan_id.id != vals["plan_id"]
                and tickets.search_count([("contract_id", "=", contract.id)], limit=1)
            )
        )
        plan = self.env["helpdesk.support.plan"].browse(vals["plan_id"])
        for contract in moved:
            contract._change_plan(plan, fields.Datetime.now())
        return super().write(vals)

    def _get_plan_at(self, moment):
        """Return the plan in force at a naive UTC moment."""
        plans = self.env["helpdesk.support.plan"]
        return plans.browse(self._get_terms().get_plan_id(moment))

    def _read_plans(self):
        """Return pairs of a naive UTC moment and the id of the plan from then on."""
        changes = self.change_ids.sorted(lambda change: (change.at, change.id))
        applied = changes.filtered("is_applied")
        present = [(None, self.plan_id.id)]
        if applied:
            present = [(None, applied[0].old_plan_id.id)]
            present += [(change.at, change.plan_id.id) for change in applied[:-1]]
            present += [(self.plan_since, self.plan_id.id)]
        to_come = [(change.at, change.plan_id.id) for change in changes - applied]
        return (*present, *to_come)

    def _change_plan(self, plan, moment, reason=False):
        """Let another plan be in force from a naive UTC moment on.

        Open tickets count on its hours and promises from that instant. Raises
        UserError for a moment that has passed, or when a change is agreed already.
        """
        self.ensure_one()
        self.check_access("write")
        now = fields.Datetime.now()
        if moment < now:
            raise UserError(
                self.env._(
                    "A change of plan counts from now on or later: what was promised "
                    "before stays. Choose a moment from now on."
                )
            )
        if self.next_plan_at:
            raise UserError(
                self.env._(
                    "%s has an agreed change of plan that is still to come: take it "
                    "back first.",
                    self.display_name,
                )
            )
        if plan == self.plan_id:
            raise UserError(
                self.env._("%s has this plan already: choose another.", self.name)
            )
        changes = self.env["helpdesk.support.plan.change"].sudo()
        change = changes.create(
            {
                "contract_id": self.id,
                "at": moment,
                "old_plan_id": self.plan_id.id,
                "plan_id": plan.id,
                "reason": reason,
                "user_id": self.env.uid,
            }
        )
        if moment <= now:
            change._apply()
        else:
            self.next_plan_at = moment
            cron = self.env.ref("helpdesk_support_contract.ir_cron_change_plans")
            cron.sudo()._trigger(moment)

    def action_cancel_change(self):
        """Take back a change of plan that has not taken effect."""
        self.check_access("write")
        changes = self.sudo().change_ids
        changes.filtered(lambda change: not change.is_applied).unlink()
        self.next_plan_at = False

    @api.model
    def _cron_change_plans(self):
        """Apply the changes of plan whose moment has come."""
        changes = self.env["helpdesk.support.plan.change"].search(
            [("is_applied", "=", False), ("at", "<=", "now")]
        )
        # Those of a contract together: a later one never comes before an earlier one.
        self.env["helpdesk.job.failure"]._work(
            "helpdesk_support_contract.ir_cron_change_plans",
            changes.grouped("contract_id").values(),
            lambda same: same._apply_in_turn(),
        )

    def action_own_plan(self):
        """Give this contract a copy of its plan and policy, to be changed for it."""
        self.ensure_one()
        if self.is_signed:
            raise UserError(
                self.env._(
                    "%s is signed: make the customer's own plan from the plan's form "
                    "and change the plan of the contract to it.",
                    self.name,
                )
            )
        self.plan_id = self.plan_id._make_customer_plan(self.partner_id)
        return self.plan_id._get_records_action()

    def action_change_plan(self):
        """Open the dialog that agrees another plan from a moment on."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change the Plan"),
            "res_model": "helpdesk.support.plan.change.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_contract_id": self.id},
        }
