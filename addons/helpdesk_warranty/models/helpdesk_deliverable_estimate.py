from odoo import api, fields, models
from odoo.exceptions import UserError

#: What the customer is asked to approve: it stays as it was delivered.
AGREED = {"estimated_hours", "estimated_price"}


class HelpdeskDeliverable(models.Model):
    """An estimate: hours and a price that ask for an authorisation (R-B4).

    Silence accepts a document, never hours: an estimate has no term of tacit
    acceptance; its authorisation is approved, rejected, or lapses.
    """

    _inherit = "helpdesk.deliverable"

    estimated_hours = fields.Float(
        help="The hours that the customer is asked to approve. An estimate without "
        "hours is accepted like a document."
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    estimated_price = fields.Monetary(
        string="Price per Hour",
        help="Before taxes. Empty: what the contract says.",
    )
    authorization_ids = fields.One2many(
        "helpdesk.authorization", "deliverable_id", string="Authorisations"
    )

    _estimate_check = models.Constraint(
        "CHECK (estimated_hours >= 0 AND estimated_price >= 0)",
        "Hours and price of an estimate cannot be negative.",
    )

    @api.depends("ticket_id")
    def _compute_currency_id(self):
        for deliverable in self:
            ticket = deliverable.ticket_id.sudo()
            deliverable.currency_id = (
                ticket.contract_id.currency_id or ticket.company_id.currency_id
            )

    def write(self, vals):
        if AGREED & vals.keys() and any(self.mapped("delivered_at")):
            raise UserError(
                self.env._(
                    "What the customer was asked to approve does not change: make a "
                    "new authorisation instead."
                )
            )
        return super().write(vals)

    def action_deliver(self):
        """Deliver; an estimate with hours goes to the customer as an authorisation."""
        estimates = self.filtered(lambda d: d._asks_for_hours())
        result = super(HelpdeskDeliverable, self - estimates).action_deliver()
        for estimate in estimates:
            estimate._deliver_estimate()
        return result

    def _asks_for_hours(self):
        return self.kind == "estimate" and self.estimated_hours > 0

    def _deliver_estimate(self):
        """Record the delivery and ask for the hours; the estimate's clock stops."""
        self.check_access("write")
        if self.delivered_at:
            raise UserError(
                self.env._("%s has been delivered already.", self.display_name)
            )
        now = fields.Datetime.now()
        estimate = self.sudo()
        estimate.write({"delivered_at": now, "noticed_at": now})
        estimate._log("delivered", at=now)
        estimate.ticket_id.is_estimated = True
        authorization = self.env["helpdesk.authorization"].create(
            self._prepare_authorization()
        )
        authorization.action_send()

    def _prepare_authorization(self):
        """Return the values of the authorisation of an estimate; writes nothing."""
        values = {
            "ticket_id": self.ticket_id.id,
            "deliverable_id": self.id,
            "hours": self.estimated_hours,
            "description": self.specification,
        }
        if self.estimated_price:
            values["price_unit"] = self.estimated_price
        return values

    def _get_promise(self, metric):
        if metric == "acceptance" and self._asks_for_hours():
            return None
        return super()._get_promise(metric)

    def _may_answer(self, partner):
        # Hours are approved with their authorisation, by who may approve them.
        return not self._asks_for_hours() and super()._may_answer(partner)

    def _answer(self, partner, moment=None, **values):
        if self._asks_for_hours() and not self.env.context.get("hours_answered"):
            raise UserError(
                self.env._(
                    "Hours are approved with a signature: answer the authorisation of "
                    "%s instead.",
                    self.display_name,
                )
            )
        return super()._answer(partner, moment=moment, **values)

    def _follow_authorization(self, authorization):
        """Take over what became of the hours: answered, or asked for no more.

        Hours that lapsed or were withdrawn leave an estimate that waits for nobody;
        its next version asks again.
        """
        estimate = self.sudo().with_context(hours_answered=True)
        if estimate.state != "delivered":
            return
        if authorization.state in ("lapsed", "withdrawn"):
            estimate._withdraw(fields.Datetime.now())
        elif authorization.state == "approved":
            estimate._answer(
                self.env["res.partner"],
                answer="accepted",
                answered_by=authorization.answered_by,
                signature=authorization.signature,
            )
        else:
            estimate._answer(
                self.env["res.partner"],
                answer="rejected",
                answered_by=authorization.answered_by,
                grounds=authorization.rejection_reason,
            )
