from odoo import models
from odoo.exceptions import UserError

#: What a delivered file is: it stays as the customer was shown it.
CONTENT = {"datas", "db_datas", "mimetype", "name", "raw", "res_id", "res_model", "url"}


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def write(self, vals):
        if CONTENT & vals.keys() and any(
            model == "helpdesk.deliverable" for model in self.mapped("res_model")
        ):
            self._check_not_delivered()
        return super().write(vals)

    def _check_not_delivered(self):
        """Raise UserError when one of these files has been delivered."""
        delivered = (
            self.env["helpdesk.deliverable"]
            .sudo()
            .search_count(
                [("attachment_ids", "in", self.ids), ("delivered_at", "!=", False)],
                limit=1,
            )
        )
        if delivered:
            raise UserError(
                self.env._(
                    "This file has been delivered: it stays as the customer was shown "
                    "it. Add the new file to the next version."
                )
            )
