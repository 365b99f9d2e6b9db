from odoo import api, fields, models

KINDS = [
    ("delivered", "Delivered"),
    ("notified", "Mail written"),
    ("sent", "Mail sent"),
    ("failed", "Mail not delivered"),
    ("seen", "Seen on the portal"),
    ("opened", "Link opened"),
    ("moved", "Term moved"),
    ("replied", "Customer wrote"),
    ("no_answer", "Message is no answer"),
    ("accepted", "Accepted"),
    ("tacit", "Tacitly accepted"),
    ("rejected", "Rejected"),
    ("withdrawn", "Withdrawn"),
]
PURPOSES = [
    ("delivery", "Delivery"),
    ("reminder", "Reminder"),
    ("moved", "Term moved"),
]


class HelpdeskDeliverableEvent(models.Model):
    """One fact in the life of a deliverable: only ever appended."""

    _name = "helpdesk.deliverable.event"
    _description = "History of a Deliverable"
    _order = "at, id"
    _rec_name = "kind"
    _allow_sudo_commands = False

    deliverable_id = fields.Many2one(
        "helpdesk.deliverable",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    company_id = fields.Many2one("res.company", index=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    at = fields.Datetime(required=True, readonly=True)
    user_id = fields.Many2one("res.users", string="Recorded by", readonly=True)
    partner_id = fields.Many2one(
        "res.partner", string="Contact", readonly=True, ondelete="restrict"
    )
    name = fields.Char(string="Who", readonly=True)
    email = fields.Char(readonly=True)
    purpose = fields.Selection(PURPOSES, readonly=True)
    message_key = fields.Char(string="Message-ID", readonly=True)
    address = fields.Char(readonly=True, help="The IP address it came from.")
    browser = fields.Char(readonly=True)
    until = fields.Datetime(
        readonly=True, help="The end of the term, as it was told or moved."
    )
    note = fields.Text(readonly=True)

    _message_key_idx = models.Index("(message_key) WHERE message_key IS NOT NULL")

    @api.model
    def _find_notices(self, message_keys):
        """Return the mails that were written with these Message-IDs."""
        if not message_keys:
            return self.browse()
        return self.sudo().search(
            [("kind", "=", "notified"), ("message_key", "in", list(message_keys))]
        )

    def _get_live_notices(self):
        """Return those that tell of the delivery that counts now."""
        return self.filtered(
            lambda event: (
                event.kind == "notified"
                and event.purpose == "delivery"
                and event.at >= event.deliverable_id.delivered_at
            )
        )

    def _append(self, kind, **values):
        """Append what became of these mails."""
        now = fields.Datetime.now()
        return self.sudo().create(
            [
                {
                    "deliverable_id": notice.deliverable_id.id,
                    "company_id": notice.company_id.id,
                    "kind": kind,
                    "at": now,
                    "user_id": self.env.uid,
                    "partner_id": notice.partner_id.id,
                    "name": notice.name,
                    "email": notice.email,
                    "purpose": notice.purpose,
                    "message_key": notice.message_key,
                    **values,
                }
                for notice in self
            ]
        )
