"""What the tests of presets share: one is activated; its team, board and customer."""

from odoo.fields import Command

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .common import SupportContractCommon


class PresetMixin:
    #: The preset's name in its xmlids, and the zone in which its customers live.
    preset = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env.ref(f"helpdesk_sla_policy.policy_{cls.preset}")
        cls.policy.action_activate()
        cls.policy.ask_breach_reason = False  # has tests of its own
        cls.policy.step_ids.active_from = "2026-01-01 00:00:00"
        cls.team = cls.env.ref(f"helpdesk_sla_policy.team_{cls.preset}")
        cls.team.user_ids = [Command.link(cls.agent.id), Command.link(cls.manager.id)]
        cls.office = cls.policy.office_calendar_id
        cls.stages = cls.get_stages()

    @classmethod
    def get_stages(cls):
        """Return the stages of the team's board by the last part of their xmlid."""
        prefix = "stage_" if cls.preset == "stars" else f"stage_{cls.preset}_"
        stages = cls.team._get_applicable_stages()
        return {
            xmlid.rpartition(".")[2].removeprefix(prefix): cls.env[
                "helpdesk.ticket.stage"
            ].browse(stage_id)
            for stage_id, xmlid in stages.get_external_id().items()
        }

    @classmethod
    def get_plan(cls, name):
        return cls.env.ref(f"helpdesk_support_contract.plan_{name}")

    @classmethod
    def make_preset_contract(cls, plan, partner=None, **values):
        """Return a signed contract for 2026 on a plan of the preset."""
        values.setdefault("partner_id", (partner or cls.customer).id)
        values.setdefault("contacts", [cls.contact])
        return cls.make_contract(plan_id=cls.get_plan(plan).id, tz=cls.tz, **values)

    def run_job(self, xmlid, when):
        """Run a real job at a wall-clock time."""
        self.env.flush_all()
        with at(when, self.tz), self.enter_registry_test_mode():
            self.env.ref(xmlid).method_direct_trigger()
        self.env.invalidate_all()

    def sweep(self, when):
        self.run_job("helpdesk_sla_policy.ir_cron_sweep", when)

    def close_for_holidays(self, country, calendar):
        """Import the public holidays of 2026 and close a calendar on them."""
        holiday_import = self.env["helpdesk.holiday.import"].create(
            {
                "country_id": self.env.ref(f"base.{country}").id,
                "year_from": 2026,
                "year_to": 2026,
                "calendar_ids": calendar.ids,
            }
        )
        holiday_import.action_look_up()
        holiday_import.action_import()

    def assertDue(self, ticket, metric, due):
        """Assert when a running promise falls due, as wall-clock text."""
        self.assertTimer(ticket, metric, "running", due=due)


class PresetCommon(PresetMixin, SupportContractCommon):
    pass
