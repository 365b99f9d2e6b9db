"""What the tests of intake share: answers, pictures and a film."""

import base64
import io

from PIL import Image

from odoo.addons.helpdesk_support_contract.tests.common import (
    SupportContractCommon,
    SupportContractHttpCommon,
)

#: What the shipped policy A asks for, by key.
ANSWERS = {
    "module": "Ventas",
    "place": "Factura, botón Validar",
    "company": "Comercial Andina S. A.",
    "users": "Todo el equipo de facturación",
    "steps": "1. Abrir la factura. 2. Pulsar Validar.",
    "observed": "Aparece un error rojo.",
    "expected": "La factura queda validada.",
    "error_text": "ValidationError: la secuencia no existe",
    "one_error": "yes",
}


def picture(width=40, kind="PNG"):
    """Return the bytes of a small picture."""
    buffer = io.BytesIO()
    Image.new("RGB", (width, 20), "navy").save(buffer, kind)
    return buffer.getvalue()


def film():
    """Return the bytes with which an MP4 film begins."""
    return (
        b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41"
        b"\x00\x00\x00\x08free" + bytes(4096)
    )


class IntakeMixin:
    def answer(self, ticket, *but, **values):
        """Let every question of policy A be answered, but some."""
        values = {**ANSWERS, **values}
        given = {}
        for field in ticket._get_intake_fields():
            if field.key in but or field.is_description:
                continue
            if field.kind == "image":
                given[field] = {"attachment_ids": self.make_image(ticket).ids}
            elif field.kind == "confirm":
                given[field] = {"value_boolean": values.get(field.key, "yes")}
            else:
                given[field] = {"value": values.get(field.key, "Texto")}
        ticket._set_intake_answers(given)

    def make_image(self, ticket, name="pantalla.png"):
        return self.env["ir.attachment"].create(
            {
                "name": name,
                "datas": base64.b64encode(picture()),
                "res_model": ticket._name,
                "res_id": ticket.id,
            }
        )

    def get_question(self, key, policy=None, type_id=False):
        return self.env["helpdesk.intake.field"].search(
            [
                ("policy_id", "=", (policy or self.policy).id),
                ("key", "=", key),
                ("type_id", "=", type_id),
            ]
        )


class IntakeCommon(IntakeMixin, SupportContractCommon):
    pass


class IntakeHttpCommon(IntakeMixin, SupportContractHttpCommon):
    pass
