"""What the tests of contracts share: a customer on the shipped plan for 2026."""

import contextlib
from unittest.mock import patch

from odoo.fields import Command

from odoo.addons.helpdesk_sla_policy.tests.common import (
    GUAYAQUIL,
    HelpdeskSlaCommon,
    HelpdeskSlaHttpCommon,
)

from ..models.helpdesk_support_term_mixin import HelpdeskSupportTermMixin


class SupportContractMixin:
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        plan = "helpdesk_support_contract.plan_"
        cls.plan = cls.env.ref(f"{plan}priority")
        cls.plan_standard = cls.env.ref(f"{plan}standard")
        cls.plan_always = cls.env.ref(f"{plan}always")

    @classmethod
    def make_contract(cls, sign=True, contacts=(), **values):
        """Return the customer's contract for 2026, signed unless said otherwise.

        ``contacts`` are partners, or pairs of a partner and its roles.
        """
        lines = []
        for contact in contacts:
            partner, roles = contact if isinstance(contact, tuple) else (contact, ())
            roles = {f"role_{role}": True for role in roles}
            lines.append(Command.create({"partner_id": partner.id, **roles}))
        contract = cls.env["helpdesk.support.contract"].create(
            {
                "partner_id": cls.customer.id,
                "plan_id": cls.plan.id,
                "date_start": "2026-01-01",
                "date_end": "2026-12-31",
                "tz": GUAYAQUIL,
                "contact_ids": lines,
                **values,
            }
        )
        if sign:
            contract.action_sign()
        return contract

    @classmethod
    @contextlib.contextmanager
    def as_unsigned(cls):
        """Let the block edit policies and plans as if no contract was signed."""
        with patch.object(HelpdeskSupportTermMixin, "_check_not_agreed"):
            yield

    @classmethod
    def make_environment(cls, contract, name="ERP", kind="production"):
        return cls.env["helpdesk.support.environment"].create(
            {"contract_id": contract.id, "name": name, "kind": kind}
        )


class SupportContractCommon(SupportContractMixin, HelpdeskSlaCommon):
    pass


class SupportContractHttpCommon(SupportContractMixin, HelpdeskSlaHttpCommon):
    pass
