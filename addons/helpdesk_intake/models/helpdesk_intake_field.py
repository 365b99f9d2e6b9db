import re

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError

KINDS = [
    ("char", "Short Text"),
    ("text", "Long Text"),
    ("selection", "Choice"),
    ("image", "Images"),
    ("boolean", "Yes or No"),
    ("confirm", "Confirmation"),
]


class HelpdeskIntakeField(models.Model):
    """A question that a policy asks the customer about a ticket (R-A10, R-C4).

    What the customer has to answer is agreed with the policy; the words of a question,
    its choices, its place and what may be left empty stay free.
    """

    _name = "helpdesk.intake.field"
    _inherit = ["helpdesk.cached.mixin", "helpdesk.support.term.mixin"]
    _description = "Intake Question"
    _order = "policy_id, sequence, id"

    policy_id = fields.Many2one(
        "helpdesk.sla.policy",
        string="SLA Policy",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    type_id = fields.Many2one(
        "helpdesk.ticket.type",
        string="Ticket Type",
        index="btree_not_null",
        ondelete="cascade",
        help="Empty: asked for every type. A question of a type replaces the general "
        "one with the same key.",
    )
    name = fields.Char(string="Question", required=True, translate=True)
    help = fields.Text(
        translate=True, help="Shown under the question: what a good answer says."
    )
    key = fields.Char(
        compute="_compute_key",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="What the question is about, in small letters. Answers are kept under it. "
        "“module” is compared when duplicates are looked for.",
    )
    kind = fields.Selection(KINDS, required=True, default="char")
    options = fields.Text(
        translate=True, string="Choices", help="One choice in each line."
    )
    required = fields.Boolean(
        default=True, help="Without an answer the ticket is incomplete."
    )
    is_asked = fields.Boolean(
        string="Asked",
        default=True,
        help="Untick it in the line of a type to leave a general question out.",
    )
    is_description = fields.Boolean(
        string="Is the Description",
        help="The answer becomes the description of the ticket; the text of an e-mail "
        "answers it.",
    )

    _key_uniq = models.UniqueIndex(
        "(policy_id, COALESCE(type_id, 0), key)",
        "The policy asks this for this type already: change that question or choose "
        "another key.",
    )

    @api.model
    def _get_agreed_fields(self):
        return super()._get_agreed_fields() | {
            "active",
            "is_asked",
            "key",
            "kind",
            "policy_id",
            "required",
            "type_id",
        }

    def _get_promised(self):
        return super()._get_promised().filtered(lambda f: f.active and f.required)

    @api.depends("name")
    def _compute_key(self):
        for field in self:
            if not field.key and field.name:
                plain = tools.remove_accents(field.name).lower()
                field.key = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40]

    @api.constrains("key")
    def _check_key(self):
        for field in self:
            if not re.fullmatch(r"[a-z][a-z0-9_]*", field.key or ""):
                raise ValidationError(
                    self.env._(
                        "The key “%s” must start with a small letter and have only "
                        "small letters, digits and underscores.",
                        field.key,
                    )
                )

    @api.constrains("kind", "options")
    def _check_options(self):
        for field in self:
            if field.kind == "selection" and len(field._get_options()) < 2:
                raise ValidationError(
                    self.env._(
                        "“%s” is a choice: write at least two choices, one in each "
                        "line.",
                        field.name,
                    )
                )

    @api.constrains("kind", "is_description", "policy_id", "type_id", "is_asked")
    def _check_description(self):
        for field in self.filtered("is_description"):
            if field.kind != "text":
                raise ValidationError(
                    self.env._(
                        "“%s” becomes the description: make it a long text.", field.name
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_answered(self):
        answers = self.env["helpdesk.intake.answer"].sudo()
        if answers.search_count([("field_id", "in", self.ids)], limit=1):
            raise UserError(
                self.env._(
                    "Customers have answered this question: archive it instead of "
                    "deleting it."
                )
            )

    def copy(self, default=None):
        """Copy a question within its policy, under a key of its own."""
        copies = self.browse()
        for field in self:
            given = {"key": f"{field.key}_copy", **(default or {})}
            copies += super(HelpdeskIntakeField, field).copy(given)
        return copies

    def _get_options(self):
        """Return the choices, in the language of the environment."""
        self.ensure_one()
        lines = (self.options or "").splitlines()
        return [line.strip() for line in lines if line.strip()]

    @api.model
    @tools.ormcache("policy_id", "type_id")
    def _get_asked_ids(self, policy_id, type_id):
        """Return the ids of what a policy asks about a type, in order.

        A type's own question replaces the general one with the same key.
        """
        if not policy_id:
            return ()
        asked = self.sudo().search(
            [("policy_id", "=", policy_id), ("type_id", "in", [False, type_id])]
        )
        special = set(asked.filtered("type_id").mapped("key"))
        return tuple(
            field.id
            for field in asked
            if field.is_asked and (field.type_id or field.key not in special)
        )
