from datetime import timedelta

from odoo import api, fields, models


class HelpdeskIntakeAnswer(models.Model):
    """What the customer, or an agent for the customer, answered on a ticket."""

    _name = "helpdesk.intake.answer"
    _description = "Intake Answer"
    _order = "ticket_id, sequence, id"
    _rec_name = "field_id"

    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="ticket_id.company_id", store=True)
    field_id = fields.Many2one(
        "helpdesk.intake.field",
        string="Question",
        required=True,
        index=True,
        ondelete="restrict",
        readonly=True,
    )
    sequence = fields.Integer(related="field_id.sequence", store=True)
    key = fields.Char(related="field_id.key", store=True)
    kind = fields.Selection(related="field_id.kind")
    help = fields.Text(related="field_id.help")
    value = fields.Text(string="Answer")
    value_boolean = fields.Selection([("yes", "Yes"), ("no", "No")], string="Yes or No")
    attachment_ids = fields.Many2many("ir.attachment", string="Images")
    is_answered = fields.Boolean(compute="_compute_is_answered", store=True)
    summary = fields.Char(compute="_compute_summary")

    _key_uniq = models.Constraint(
        "UNIQUE (ticket_id, key)",
        "This question has its answer on the ticket already: change that one.",
    )

    @api.depends("field_id.kind", "value", "value_boolean", "attachment_ids")
    def _compute_is_answered(self):
        for answer in self:
            kind = answer.sudo().field_id.kind
            if kind == "image":
                answer.is_answered = bool(answer.attachment_ids)
            elif kind == "boolean":
                answer.is_answered = bool(answer.value_boolean)
            elif kind == "confirm":
                answer.is_answered = answer.value_boolean == "yes"
            else:
                answer.is_answered = bool((answer.value or "").strip())

    @api.depends("field_id.kind", "value", "value_boolean", "attachment_ids.name")
    def _compute_summary(self):
        labels = dict(self._fields["value_boolean"]._description_selection(self.env))
        for answer in self:
            kind = answer.sudo().field_id.kind
            if kind == "image":
                answer.summary = ", ".join(answer.attachment_ids.mapped("name"))
            elif kind in ("boolean", "confirm"):
                answer.summary = labels.get(answer.value_boolean, "")
            else:
                answer.summary = answer.value

    @api.model_create_multi
    def create(self, vals_list):
        answers = super().create(vals_list)
        answers._own_attachments()
        return answers

    def write(self, vals):
        watched = {"value", "value_boolean", "attachment_ids"} & vals.keys()
        before = {answer: answer.summary for answer in self} if watched else {}
        result = super().write(vals)
        if "attachment_ids" in vals:
            self._own_attachments()
        self._log_changes(before)
        return result

    def _own_attachments(self):
        """Let the images belong to the ticket: who reads it sees them."""
        for answer in self.sudo():
            answer.attachment_ids.filtered(
                lambda file, ticket=answer.ticket_id: (
                    (file.res_model, file.res_id) != (ticket._name, ticket.id)
                )
            ).write({"res_model": "helpdesk.ticket", "res_id": answer.ticket_id.id})

    def _log_changes(self, before):
        """Note on the ticket which answers were changed, from what and to what."""
        if self.env.context.get("intake_by_customer"):
            return
        for ticket, answers in self.grouped("ticket_id").items():
            lines = [
                (answer.field_id.name, before[answer] or "", answer.summary or "")
                for answer in answers
                if answer in before and (before[answer] or "") != (answer.summary or "")
            ]
            if lines:
                ticket._message_log(
                    body=self.env["ir.qweb"]._render(
                        "helpdesk_intake.intake_change_note", {"lines": lines}
                    )
                )

    @api.autovacuum
    def _gc_waiting_files(self):
        """Delete files of forms that were never sent, a day after they came."""
        before = fields.Datetime.now() - timedelta(days=1)
        self.env["ir.attachment"].sudo().search(
            [
                ("res_model", "=", self._name),
                ("res_id", "=", 0),
                ("create_date", "<", before),
            ]
        ).unlink()
