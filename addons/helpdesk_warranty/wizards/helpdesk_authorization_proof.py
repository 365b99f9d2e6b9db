from odoo import fields, models
from odoo.exceptions import UserError


class HelpdeskAuthorizationProof(models.TransientModel):
    """An approval that came outside the portal, recorded with its proof (R-B4)."""

    _name = "helpdesk.authorization.proof"
    _description = "Approval with Proof"

    authorization_id = fields.Many2one(
        "helpdesk.authorization", required=True, ondelete="cascade"
    )
    answered_by = fields.Char(
        string="Approved By", required=True, help="Who of the customer approved."
    )
    attachment_ids = fields.Many2many(
        "ir.attachment",
        "helpdesk_authorization_proof_attachment_rel",
        string="Proof",
        required=True,
        help="The mail or the document in which the customer approved.",
    )

    def action_record(self):
        """Approve on the customer's behalf; the proof stays with the authorisation.

        Raises UserError without a proof, AccessError for who may not write it.
        """
        self.ensure_one()
        authorization = self.authorization_id
        authorization.check_access("write")
        if not self.attachment_ids:
            raise UserError(
                self.env._("Attach the mail or the document in which they approved.")
            )
        self.attachment_ids.write(
            {"res_model": authorization._name, "res_id": authorization.id}
        )
        if authorization.state == "draft":
            authorization.sudo().state = "sent"  # nobody needs to be asked any more
        authorization._record_answer(
            state="approved",
            answered_by=self.answered_by,
            recorded_by_id=self.env.uid,
            proof_ids=[fields.Command.set(self.attachment_ids.ids)],
        )
