from odoo import api, fields, models
from odoo.fields import Command, Domain
from odoo.tools import SQL, is_html_empty


class HelpdeskTicket(models.Model):
    """What the policy requires to know about a ticket, and what is missing."""

    _inherit = "helpdesk.ticket"

    intake_answer_ids = fields.One2many(
        "helpdesk.intake.answer", "ticket_id", string="Answers", copy=False
    )
    intake_waived = fields.Boolean(
        string="Enough Information",
        copy=False,
        tracking=True,
        help="An agent can work with what is there: nothing more is asked for.",
    )
    intake_state = fields.Selection(
        [
            ("none", "Nothing asked"),
            ("incomplete", "Incomplete"),
            ("complete", "Complete"),
            ("waived", "Enough information"),
        ],
        string="Completeness",
        compute="_compute_intake_state",
        search="_search_intake_state",
    )
    intake_missing_count = fields.Integer(
        string="Missing", compute="_compute_intake_state"
    )
    intake_missing = fields.Char(
        string="Missing Information", compute="_compute_intake_state"
    )
    intake_summary = fields.Html(
        string="Intake", compute="_compute_intake_summary", sanitize=False
    )

    @api.depends(
        "description",
        "intake_answer_ids.is_answered",
        "intake_waived",
        "sla_policy_id",
        "type_id",
    )
    def _compute_intake_state(self):
        answered = self._get_answered_keys()
        for ticket in self:
            asked = ticket._get_intake_fields()
            missing = ticket._filter_missing(asked, answered)
            ticket.intake_missing_count = len(missing)
            ticket.intake_missing = ", ".join(missing.mapped("name"))
            if not asked:
                ticket.intake_state = "none"
            elif ticket.intake_waived:
                ticket.intake_state = "waived"
            else:
                ticket.intake_state = "incomplete" if missing else "complete"

    def _search_intake_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        asks = self._get_intake_query(SQL("TRUE"))
        misses = self._get_intake_query(
            SQL(
                """question.required AND question.is_description IS NOT TRUE
                AND NOT EXISTS (
                    SELECT FROM helpdesk_intake_answer answer
                     WHERE answer.ticket_id = ticket.id
                       AND answer.key = question.key AND answer.is_answered
                )"""
            )
        )
        waived = Domain("intake_waived", "=", True)
        domains = {
            "none": Domain("id", "not in", asks),
            "waived": waived & Domain("id", "in", asks),
            "incomplete": ~waived & Domain("id", "in", misses),
            "complete": ~waived
            & Domain("id", "in", asks)
            & ~Domain("id", "in", misses),
        }
        return Domain.OR(domains[state] for state in value if state in domains)

    @api.model
    def _get_intake_query(self, condition):
        """Return SQL of the tickets that are asked a question of some condition."""
        self.flush_model(["sla_policy_id", "type_id"])
        self.env["helpdesk.intake.field"].flush_model()
        self.env["helpdesk.intake.answer"].flush_model()
        return SQL(
            """
            SELECT ticket.id
              FROM helpdesk_ticket ticket
              JOIN helpdesk_intake_field question
                ON question.policy_id = ticket.sla_policy_id
               AND (question.type_id IS NULL OR question.type_id = ticket.type_id)
             WHERE question.active AND question.is_asked AND %s
               AND (question.type_id IS NOT NULL OR NOT EXISTS (
                    SELECT FROM helpdesk_intake_field special
                     WHERE special.policy_id = question.policy_id AND special.active
                       AND special.type_id = ticket.type_id
                       AND special.key = question.key
               ))""",
            condition,
        )

    @api.depends_context("lang")
    @api.depends("intake_state", "intake_answer_ids.summary")
    def _compute_intake_summary(self):
        for ticket in self:
            ticket.intake_summary = self.env["ir.qweb"]._render(
                "helpdesk_intake.intake_summary", {"lines": ticket._get_intake_lines()}
            )

    # What is asked and answered

    def _get_intake_fields(self):
        """Return the questions that the policy asks about this ticket, in order."""
        self.ensure_one()
        questions = self.env["helpdesk.intake.field"].sudo()
        return questions.browse(
            questions._get_asked_ids(self.sudo().sla_policy_id.id, self.type_id.id)
        )

    def _get_answered_keys(self):
        """Return the keys of the questions that are answered, by ticket id."""
        answers = self.env["helpdesk.intake.answer"].sudo()
        groups = answers._read_group(
            [("ticket_id", "in", self._origin.ids), ("is_answered", "=", True)],
            ["ticket_id"],
            ["key:array_agg"],
        )
        return {ticket.id: set(keys) for ticket, keys in groups}

    def _filter_missing(self, asked, answered):
        """Return which of the questions asked have no answer although they need one."""
        keys = answered.get(self._origin.id, ())
        has_text = not is_html_empty(self.description)
        return asked.filtered(
            lambda field: (
                field.required
                and not (has_text if field.is_description else field.key in keys)
            )
        )

    def _get_missing_intake_fields(self):
        """Return the questions that wait for an answer; none when waived."""
        self.ensure_one()
        if self.intake_waived:
            return self.env["helpdesk.intake.field"].sudo()
        return self._filter_missing(
            self._get_intake_fields(), self._get_answered_keys()
        )

    def _get_intake_lines(self):
        """Return the questions with their answers, what is missing too, as dicts."""
        self.ensure_one()
        answers = {answer.key: answer for answer in self.sudo().intake_answer_ids}
        asked = self._get_intake_fields()
        missing = self._filter_missing(asked, self._get_answered_keys())
        lines = [
            {
                "field": field,
                "answer": answers.pop(field.key, None),
                "is_missing": field in missing,
            }
            for field in asked
            if not field.is_description
        ]
        # Answers to what is not asked any more are kept and shown.
        return lines + [
            {"field": answer.field_id, "answer": answer, "is_missing": False}
            for answer in answers.values()
            if answer.is_answered
        ]

    def _set_intake_answers(self, values):
        """Write answers: values of helpdesk.intake.answer by question, as given.

        The customer's own words are no change for the log: they are what it is
        compared with.
        """
        self.ensure_one()
        answers = self.env["helpdesk.intake.answer"].sudo()
        answers = answers.with_context(intake_by_customer=True)
        existing = {answer.key: answer for answer in self.sudo().intake_answer_ids}
        vals_list = []
        for field, vals in values.items():
            if field.is_description:
                self.sudo().description = vals["value"]
            elif field.key in existing:
                existing[field.key].with_env(answers.env).write(vals)
            elif any(vals.values()):
                vals_list.append({"ticket_id": self.id, "field_id": field.id, **vals})
        answers.create(vals_list)

    # Actions

    def action_edit_intake(self):
        """Open the answers for an agent to complete or correct."""
        self.ensure_one()
        self.check_access("write")
        keys = set(self.intake_answer_ids.mapped("key"))
        self.env["helpdesk.intake.answer"].create(
            [
                {"ticket_id": self.id, "field_id": field.id}
                for field in self._get_intake_fields()
                if field.key not in keys and not field.is_description
            ]
        )
        return self._get_records_action(
            name=self.env._("What the Policy Asks For"),
            views=[
                (
                    self.env.ref("helpdesk_intake.helpdesk_ticket_answers_form").id,
                    "form",
                )
            ],
            target="new",
        )

    def action_waive_intake(self):
        """Say that the ticket can be worked on with what is there."""
        self.write({"intake_waived": True})

    def action_ask_intake(self):
        """Ask again for what is missing."""
        self.write({"intake_waived": False})

    # Mail

    def _message_post_after_hook(self, message, msg_vals):
        result = super()._message_post_after_hook(message, msg_vals)
        if message.message_type == "email" and message.attachment_ids:
            self._take_images_as_answers(message)
        return result

    def _take_images_as_answers(self, message):
        """Let the pictures of a customer's mail be the screenshots asked for."""
        images = message.attachment_ids.filtered(
            lambda file: (file.mimetype or "").startswith("image/")
        )
        if not images or self._get_sla_reply_author(message) == "team":
            return
        for ticket in self.sudo():
            keys = set(ticket.intake_answer_ids.filtered("is_answered").mapped("key"))
            question = ticket._get_intake_fields().filtered(
                lambda field, keys=keys: field.kind == "image" and field.key not in keys
            )[:1]
            if question:
                ticket._set_intake_answers(
                    {question: {"attachment_ids": [Command.set(images.ids)]}}
                )
