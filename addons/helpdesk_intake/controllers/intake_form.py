"""What a customer typed and attached on a form, checked against the questions."""

import re

from odoo.fields import Command
from odoo.tools import consteq
from odoo.tools.mail import plaintext2html

from ..uploads import Refused, check

ATTACHMENT = "attachment"
PENDING = "helpdesk.intake.answer"


class IntakeForm:
    """The answers of one submission.

    ``values`` and ``errors`` are by the name of the input; ``kept`` are the files by
    the same name: those that were sent before and those that came now. Files that
    are good are stored at once, so that a mistake elsewhere does not lose them.
    """

    def __init__(self, env, questions, with_files=True):
        self.env = env
        self.questions = questions
        self.with_files = with_files
        self.values = {}
        self.errors = {}
        self.kept = {}

    @staticmethod
    def get_name(question):
        """Return the name of a question's input."""
        return f"intake_{question.key}"

    def get_sentence(self, name):
        """Return what the customer reads beside a standard input left empty."""
        return {
            "subject": self.env._("Write a title: the error in a few words."),
            "description": self.env._("Describe what happens."),
            "environment": self.env._(
                "Choose where it happens: it decides how fast we must answer."
            ),
        }[name]

    @staticmethod
    def get_options(question):
        """Return the choices of a question, in the customer's language."""
        return question._get_options()

    @property
    def max_bytes(self):
        parameter = self.env["ir.config_parameter"].sudo()
        return int(parameter.get_param("helpdesk_intake.max_file_mb", 10)) * 2**20

    @property
    def max_files(self):
        parameter = self.env["ir.config_parameter"].sudo()
        return int(parameter.get_param("helpdesk_intake.max_files", 10))

    def take(self, form, files):
        """Take what was sent, and note what is wrong with it, in the form's order."""
        for question in self.questions:
            name = self.get_name(question)
            if question.kind == "image":
                self._read_files(name, form, files, images_only=True)
                is_given = bool(self.kept.get(name))
            else:
                self.values[name] = (form.get(name) or "").strip()
                is_given = bool(self.values[name])
            if name in self.errors:
                continue
            if question.required and not is_given:
                self.errors[name] = self.get_missing_sentence(question)
            elif is_given:
                self._check_value(question, name)
        if self.with_files:
            self._read_files(ATTACHMENT, form, files, images_only=False)
        return self

    def get_missing_sentence(self, question):
        """Return what the customer reads beside a question without its answer."""
        if question.kind == "image":
            return self.env._("Attach at least one image.")
        if question.kind == "confirm":
            return self.env._("Tick the box to confirm it.")
        if question.kind in ("selection", "boolean"):
            return self.env._("Choose one of the answers.")
        return self.env._("Write an answer: it is needed to work on the ticket.")

    def _check_value(self, question, name):
        value = self.values.get(name)
        is_choice = {
            "selection": lambda: value in question._get_options(),
            "boolean": lambda: value in ("yes", "no"),
            "confirm": lambda: value == "yes",
        }.get(question.kind)
        if is_choice and not is_choice():
            self.errors[name] = self.env._("Choose one of the answers.")

    # Files

    def _read_files(self, name, form, files, images_only):
        kept = self._get_pending(form.getlist(f"kept_{name}"))
        sentences = []
        for file in files.getlist(name):
            if not file.filename:
                continue
            if len(kept) >= self.max_files:
                sentences.append(
                    self.env._(
                        "Attach %s files at most: the others were left out.",
                        self.max_files,
                    )
                )
                break
            data = file.read(self.max_bytes + 1)
            try:
                check(data, self.max_bytes, images_only)
            except Refused as refusal:
                sentences.append(self._get_refusal(refusal.reason, file.filename))
            else:
                kept |= self._store(file.filename, data)
        if kept:
            self.kept[name] = kept
        if sentences:
            self.errors[name] = " ".join(sentences)

    def _get_refusal(self, reason, filename):
        """Return the sentence for a file that is not taken."""
        if reason == "video":
            return self.env._(
                "“%s” is a video: attach screenshots of the full screen instead.",
                filename,
            )
        if reason == "too_big":
            return self.env._(
                "“%(name)s” is larger than %(size)s MB: attach a smaller file.",
                name=filename,
                size=self.max_bytes // 2**20,
            )
        if reason == "empty":
            return self.env._("“%s” is empty: attach it again.", filename)
        return self.env._(
            "“%s” is not an image: attach it as PNG, JPEG, WebP or GIF.", filename
        )

    def _store(self, filename, data):
        """Return a file that waits for its ticket; it is deleted after a day."""
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": re.sub(r"[\x00-\x1f/\\]+", "_", filename)[-120:],
                    "raw": data,
                    "res_model": PENDING,
                    "res_id": 0,
                }
            )
        )
        attachment.generate_access_token()
        return attachment

    def _get_pending(self, tokens):
        """Return the files of this user that wait, by ``id-token``."""
        attachments = self.env["ir.attachment"].sudo()
        found = attachments.browse()
        for token in tokens:
            file_id, _dash, secret = token.partition("-")
            if not file_id.isdecimal():
                continue
            file = attachments.search(
                [
                    ("id", "=", int(file_id)),
                    ("res_model", "=", PENDING),
                    ("res_id", "=", 0),
                    ("create_uid", "=", self.env.uid),
                ]
            )
            if file and consteq(file.access_token or "", secret):
                found |= file
        return found

    # What is made of it

    def get_answers(self):
        """Return the values of helpdesk.intake.answer by question."""
        answers = {}
        for question in self.questions:
            name = self.get_name(question)
            value = self.values.get(name)
            if question.is_description:
                answers[question] = {"value": plaintext2html(value or "")}
            elif question.kind == "image":
                if self.kept.get(name):
                    files = Command.set(self.kept[name].ids)
                    answers[question] = {"attachment_ids": [files]}
            elif question.kind in ("boolean", "confirm"):
                if value:
                    answers[question] = {"value_boolean": value}
            elif value:
                answers[question] = {"value": value}
        return answers

    def get_description(self):
        """Return what the customer wrote as description, or None when not asked."""
        for question in self.questions.filtered("is_description"):
            return self.values.get(self.get_name(question))
        return None

    def give_files(self, ticket):
        """Let the files that no question asked for belong to the ticket."""
        files = self.kept.get(ATTACHMENT)
        if files:
            files.write({"res_model": ticket._name, "res_id": ticket.id})
