"""What each role may do with a record of each model: rights and rules together."""

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .common import BillingCommon

OPERATIONS = ("read", "write", "create", "unlink")
GROUP_OWN = "helpdesk_mgmt.group_helpdesk_user_own"


@tagged("post_install", "-at_install")
class TestAccess(BillingCommon):
    #: What each role may do with the record of each model: first letters of OPERATIONS.
    ACCESS = {
        # own tickets, another agent with own ones, team, all, manager, accountant,
        # portal: with the roles, without, of another customer; another company
        "line": ["rwcu", "", "r", "r", "rwcu", "rwcu", "", "", "", ""],
        "share": ["r", "", "r", "r", "r", "r", "", "", "", ""],
        "pack": ["r", "r", "r", "r", "rwc", "rwc", "", "", "", ""],
        "alert": ["r", "r", "r", "r", "r", "r", "", "", "", ""],
        "approval": ["r", "", "r", "r", "rwcu", "rwcu", "", "", "", ""],
        "approval line": ["r", "", "r", "r", "r", "r", "", "", "", ""],
        "proof": ["rwc", "", "", "", "", "", "", "", "", ""],
        "dispute": ["rc", "", "rc", "rc", "rwc", "r", "", "", "", ""],
        "statement": ["", "", "", "rc", "rwcu", "rwcu", "", "", "", ""],
        "fee": ["r", "r", "r", "r", "r", "r", "", "", "", ""],
        "service credit": ["", "", "", "r", "rw", "r", "r", "", "", ""],
        "service credit line": ["", "", "", "r", "r", "r", "", "", "", ""],
        # The plan is of no company: its prices are everybody's.
        "price change": ["r", "r", "r", "r", "rwcu", "r", "", "", "", "rwcu"],
        "price change line": ["r", "r", "r", "r", "rwcu", "r", "", "", "", "rwcu"],
        "price notice": ["r", "r", "r", "r", "r", "r", "", "", "", ""],
        "run": ["", "", "", "", "", "r", "", "", "", ""],
        "run failure": ["", "", "", "", "", "r", "", "", "", ""],
        "job failure": ["", "", "", "", "r", "r", "", "", "", ""],
    }

    def make_records(self):
        """Return a record of each model, on a ticket of the agent with own tickets."""
        self.team.user_ids = [
            Command.link(user.id) for user in (self.agent_own, self.agent_team)
        ]
        self.set_terms(self.policy, hours_approval="billed")
        self.contract.write({"hour_price": 45, "user_id": self.manager.id})
        self.contract.contact_ids.filtered("role_billing").role_hours = True
        pack = self.make_pack("1:00")
        covered = self.make_ticket("2026-01-12 10:00")
        covered.user_id = self.agent_own
        self.log(covered, "2026-01-13 09:00", "0:59")
        ticket = self.make_authorized_ticket()
        ticket.user_id = self.agent_own
        line = self.log(ticket, "2026-01-13 10:00", "2:00", user=self.agent_own)
        with at("2026-01-14 10:00"):
            approval = self.env["helpdesk.hours.approval"]._make(ticket.share_ids)
            approval.action_send()
            disputes = self.env["helpdesk.hours.dispute"].with_user(self.portal_user)
            dispute = disputes._open(covered, covered.timesheet_ids, "line", "Too much")
            proof = (
                self.env["helpdesk.hours.approval.proof"]
                .with_user(self.agent_own)
                .create({"approval_id": approval.id, "partner_id": self.contact.id})
            )
            statement = self.env["helpdesk.hours.statement"].create(
                {"contract_id": self.contract.id}
            )
            change = self.env["helpdesk.price.change"].create(
                {
                    "plan_id": self.plan.id,
                    "date_from": "2027-01-01",
                    "line_ids": [Command.create({"kind": "hour", "new_value": 90})],
                }
            )
            notice = self.env["helpdesk.price.notice"].create(
                {
                    "change_id": change.id,
                    "contract_id": self.contract.id,
                    "company_id": self.company.id,
                    "partner_id": self.customer.id,
                    "at": "2026-01-14 10:00:00",
                    "holds_from": "2027-01-01",
                }
            )
            fee = self.contract.fee_ids[:1]
        credit, credit_line, _rule = self.make_service_credit(ticket, state="approved")
        run = self.env["helpdesk.hours.run"].create(
            {"company_id": self.company.id, "date_to": "2026-01-31"}
        )
        failure = self.env["helpdesk.hours.run.failure"].create({"run_id": run.id})
        job = self.env["helpdesk.job.failure"].create(
            {
                "cron_id": self.env.ref(
                    "helpdesk_billing_hours.ir_cron_tell_alerts"
                ).id,
                "res_model": pack._name,
                "res_id": pack.id,
                "company_id": self.company.id,
            }
        )
        return {
            "line": line,
            "share": ticket.share_ids[:1],
            "pack": pack,
            "alert": pack.alert_ids[:1],
            "approval": approval,
            "approval line": approval.line_ids[:1],
            "proof": proof,
            "dispute": dispute,
            "statement": statement,
            "fee": fee,
            "service credit": credit,
            "service credit line": credit_line,
            "price change": change,
            "price change line": change.line_ids,
            "price notice": notice,
            "run": run,
            "run failure": failure,
            "job failure": job,
        }

    def get_users(self):
        company = self.env["res.company"].create({"name": "Otra Compañía"})
        other = new_test_user(
            self.env,
            "billing-other-company",
            groups="helpdesk_mgmt.group_helpdesk_manager,account.group_account_invoice",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        return (
            self.agent_own,
            self.make_user("billing-own", GROUP_OWN),
            self.agent_team,
            self.agent,
            self.manager,
            self.accountant,
            self.portal_user,
            self.colleague,
            self.stranger,
            other,
        )

    def test_access_of_each_role(self):
        """A table of roles and models, within the customers' and companies' limits."""
        records, users = self.make_records(), self.get_users()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(records.keys(), self.ACCESS.keys())
        for name, record in records.items():
            self.assertTrue(record, name)
            for user, expected in zip(users, self.ACCESS[name], strict=True):
                own = record.sudo(False).with_user(user)
                found = "".join(op[0] for op in OPERATIONS if own.has_access(op))
                with self.subTest(model=name, user=user.login):
                    self.assertEqual(found, expected)
