from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import html2plaintext


class HelpdeskDeliverable(models.Model):
    """What a customer writes within the term is no silence (R-B5).

    A person says what it means: an answer, which counts from when it was written, or
    none, and then silence accepts as if nothing had been written.
    """

    _inherit = "helpdesk.deliverable"

    replied_at = fields.Datetime(
        string="Customer Wrote",
        readonly=True,
        copy=False,
        help="When a contact who may answer first wrote within the term, by mail or on "
        "the portal. Silence does not accept until somebody says what it means.",
    )

    def _message_post_after_hook(self, message, msg_vals):
        result = super()._message_post_after_hook(message, msg_vals)
        is_public = (
            message.message_type in ("comment", "email") and not message.is_internal
        )
        if is_public and len(self) == 1 and message.author_id:
            self.sudo()._record_reply(message)
        return result

    def _record_reply(self, message):
        """Record that who may answer these wrote in their term; the agent is told."""
        partner = message.author_id
        for deliverable in self:
            at, _note = deliverable.ticket_id._get_reply_moment(message)
            moment = at or self._get_arrival()
            if deliverable._get_state_at(moment) != "delivered" or not (
                deliverable._may_answer(partner)
            ):
                continue
            deliverable._log(
                "replied",
                at=moment,
                partner_id=partner.id,
                name=partner.name,
                note=html2plaintext(message.body or "").strip()[:500],
            )
            if not deliverable.replied_at:
                deliverable.replied_at = moment
                # On its ticket the agent is told by the message itself.
                agent = deliverable._as_assignee_reads()
                deliverable.with_context(
                    mail_activity_quick_update=deliverable.kind == "ticket"
                )._assign_activity(
                    agent.env._(
                        "%(name)s wrote about %(deliverable)s: record what it means",
                        name=partner.name,
                        deliverable=deliverable.display_name,
                    )
                )

    def _judge_no_answer(self, text):
        """Record that what the customer wrote is no answer: the term goes on."""
        self.ensure_one()
        self.check_access("write")
        deliverable = self.sudo()
        deliverable._lock()
        if deliverable.answer or not deliverable.replied_at:
            raise UserError(
                self.env._(
                    "The customer has written nothing that waits to be judged on %s.",
                    self.display_name,
                )
            )
        deliverable.replied_at = False
        deliverable._log("no_answer", name=self.env.user.name, note=text)
