from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at, local

from .notice_common import NoticeCommon


@tagged("post_install", "-at_install")
class TestNotices(NoticeCommon):
    def test_four_notices_with_their_times(self):
        """R-A11, R-C3: number, diagnosis, solution and closing, each once and dated."""
        ticket = self.make_ticket("2026-01-12 10:00")
        self.move(ticket, "10:10", "assigned", user_id=self.agent.id)
        self.move(ticket, "10:20", "in_progress")
        self.move(ticket, "12:00", "closing")
        self.move(ticket, "15:00", "done")
        self.assertNotices(ticket, "receipt", "diagnosis", "solution", "closing")
        self.assertEqual(
            [local(notice.sent_at) for notice in ticket.notice_ids.sorted("id")],
            [
                "2026-01-12 10:00:00",
                "2026-01-12 10:10:00",
                "2026-01-12 12:00:00",
                "2026-01-12 15:00:00",
            ],
        )
        self.assertEqual(ticket._get_notice("diagnosis").user_id, self.agent)
        self.send("15:01")
        mails = self.get_mails(ticket)
        self.assertEqual(len(mails), 4)
        self.assertEqual(mails.recipient_ids, self.contact)
        self.assertEqual(set(mails.mapped("state")), {"outgoing"})
        self.assertIn("The sequence has run out.", mails[1].body_html)
        self.assertIn("Extended and tested.", mails[2].body_html)
        self.assertIn("The sequence has run out.", ticket._get_notice("diagnosis").text)

    def test_running_the_job_again_writes_no_second_mail(self):
        ticket = self.make_ticket("2026-01-12 10:00")
        self.send("10:01")
        self.send("10:02")
        self.assertEqual(len(self.get_mails(ticket)), 1)
        self.assertEqual(
            self.mails.search_count(
                [("subject", "=like", f"{ticket.number} received%")]
            ),
            1,
        )

    def test_the_stage_mail_of_helpdesk_mgmt_is_left_out(self):
        """The customer gets the closing once, not from the stage too."""
        self.assertTrue(self.stages["done"].mail_template_id)
        ticket = self.make_ticket("2026-01-12 10:00")
        self.move(ticket, "12:00", "closing")
        self.move(ticket, "13:00", "done")
        with at("13:01"):
            self.env.flush_all()
            self.env.cr.precommit.run()
        self.send("13:01")
        subjects = self.mails.search(
            [("model", "=", ticket._name), ("res_id", "=", ticket.id)]
        ).mapped("subject")
        self.assertEqual(len([s for s in subjects if "closed" in s]), 1, subjects)

    def test_the_stage_mail_stays_where_no_notice_says_the_same(self):
        self.policy.notice_ids.filtered(lambda line: line.kind == "closing").unlink()
        ticket = self.make_ticket("2026-01-12 10:00")
        self.move(ticket, "12:00", "closing")
        with at("13:00"):
            ticket = ticket.with_user(self.agent).with_context(mail_notrack=False)
            ticket.write({"stage_id": self.stages["done"].id})
            self.env.flush_all()
            ticket._message_track_post_template({"stage_id"})
        subjects = (
            self.mails.sudo()
            .search([("model", "=", ticket._name), ("res_id", "=", ticket.id)])
            .mapped("subject")
        )
        self.assertTrue([s for s in subjects if "has been closed" in s], subjects)

    def test_reopening_takes_back_and_allows_again(self):
        """R-A11: once each; a ticket reopened is solved and closed again."""
        ticket = self.make_ticket("2026-01-12 10:00")
        self.move(ticket, "12:00", "closing")
        self.move(ticket, "13:00", "done")
        self.move(ticket, "14:00", "in_progress")
        self.assertFalse(ticket._get_notice("closing"))
        self.move(ticket, "15:00", "closing")
        self.move(ticket, "16:00", "done")
        self.assertEqual(
            ticket.notice_ids.sorted("id").mapped(lambda n: (n.kind, n.cycle)),
            [
                ("receipt", 1),
                ("solution", 1),
                ("closing", 1),
                ("solution", 2),
                ("closing", 2),
            ],
        )

    def test_moving_back_and_forth_tells_the_diagnosis_once(self):
        ticket = self.make_ticket("2026-01-12 10:00")
        self.move(ticket, "10:10", "assigned")
        self.move(ticket, "10:20", "in_progress")
        self.move(ticket, "10:30", "assigned")
        self.assertNotices(ticket, "receipt", "diagnosis")

    def test_a_diagnosis_is_told_again_when_it_changed(self):
        """R-C3: the same words say nothing new, other words do."""
        ticket = self.make_ticket("2026-01-12 10:00")
        self.move(ticket, "10:10", "assigned")
        self.send("10:11")
        self.move(ticket, "12:00", "closing")
        self.move(ticket, "13:00", "assigned")
        self.assertNotices(ticket, "receipt", "diagnosis", "solution")
        self.move(ticket, "13:10", "in_progress")
        self.move(ticket, "13:20", "assigned", diagnosis="<p>The <b>disk</b>.</p>")
        self.assertNotices(ticket, "receipt", "diagnosis", "solution", "diagnosis")
        self.send("13:21")
        self.assertIn("disk", self.get_mails(ticket)[-1].body_html)

    def test_what_is_taken_back_within_the_minute_is_not_written(self):
        """R-A11: closed by mistake and reopened before the job ran: no mail says so."""
        ticket = self.make_ticket("2026-01-12 10:00")
        self.send("10:01")
        self.move(ticket, "12:00:10", "closing")
        self.move(ticket, "12:00:40", "in_progress")
        self.send("12:01")
        self.assertEqual(len(self.get_mails(ticket)), 1)
        self.assertEqual(
            ticket.notice_ids.sorted("id").mapped("state"), ["sent", "dropped"]
        )
        self.move(ticket, "13:00", "closing")
        self.send("13:01")
        self.assertIn("solved", self.get_mails(ticket)[-1].subject)

    def test_in_the_language_of_the_customer(self):
        """R-A11: a customer who reads Spanish is told in Spanish."""
        self.env["res.lang"]._activate_lang("es_ES")
        template = self.env.ref("helpdesk_intake.mail_template_receipt")
        template.with_context(lang="es_ES").subject = "{{ object.number }} recibido"
        self.contact.lang = "es_ES"
        ticket = self.make_ticket("2026-01-12 10:00")
        self.send("10:01")
        self.assertEqual(self.get_mails(ticket).subject, f"{ticket.number} recibido")

    def test_a_customer_without_address_is_seen(self):
        self.contact.email = False
        ticket = self.make_ticket("2026-01-12 10:00", partner_email=False)
        self.assertEqual(ticket.notice_ids.state, "no_address")
        self.send("10:01")
        self.assertFalse(self.get_mails(ticket))

    def test_a_sender_without_partner_is_told(self):
        ticket = self.make_ticket(
            "2026-01-12 10:00",
            partner_id=False,
            partner_email="New <New@x.example.com>",
        )
        self.send("10:01")
        self.assertEqual(ticket.notice_ids.email, "new@x.example.com")
        self.assertIn("New@x.example.com", self.get_mails(ticket).email_to)

    def test_teams_without_policy_tell_nothing(self):
        team = self.env["helpdesk.ticket.team"].create({"name": "Other"})
        ticket = self.make_ticket("2026-01-12 10:00", team_id=team.id)
        self.assertNotices(ticket)

    def test_imported_tickets_tell_nothing(self):
        """A ticket received days ago is no news to its customer."""
        with at("2026-01-14 10:00"):
            ticket = self.env["helpdesk.ticket"].create(
                self.prepare_ticket(received_at="2026-01-12 15:00:00")
            )
        self.assertNotices(ticket)

    def test_a_broken_template_stops_nobody_else(self):
        """One bad text: the others are told, the ticket says what to do."""
        broken = self.env["mail.template"].create(
            {
                "name": "Broken",
                "model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                "subject": "{{ object.nothing }}",
            }
        )
        policy = self.policy.copy()
        policy.notice_ids.filtered(lambda n: n.kind == "receipt").template_id = broken
        team = self.team.copy({"sla_policy_id": policy.id})
        bad = self.make_ticket("2026-01-12 10:00", team_id=team.id)
        good = self.make_ticket("2026-01-12 10:00")
        with self.assertLogs("odoo.addons.helpdesk_intake", "ERROR"):
            self.send("10:01")
        self.assertEqual(bad.notice_ids.state, "failed")
        self.assertEqual(good.notice_ids.state, "sent")
        self.assertIn("could not be written", str(bad.message_ids.mapped("body")))

    def test_a_batch_costs_one_insertion(self):
        """However many tickets are made at once, receipts add two queries."""

        def count(size):
            values = [self.prepare_ticket() for _number in range(size)]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["helpdesk.ticket"].create(values)
            return self.env.cr.sql_log_count - before

        def count_without(size):
            self.policy.notice_ids = [Command.clear()]
            queries = count(size)
            self.policy.notice_ids = [
                Command.create({"kind": kind, "template_id": template.id})
                for kind, template in kinds
            ]
            return queries

        kinds = [(line.kind, line.template_id) for line in self.policy.notice_ids]
        with at("10:00"):
            count(1)  # caches
            count_without(1)
            count(1)
            few = count(5) - count_without(5)
            count(1)
            many = count(60) - count_without(60)
        self.assertLessEqual(few, 4)
        self.assertLessEqual(abs(many - few), 2)

    def test_who_reads_notices(self):
        """Agents of other teams and customers read no list of notices."""
        ticket = self.make_ticket("2026-01-12 10:00", user_id=self.agent.id)
        notices = self.notices.search([("ticket_id", "=", ticket.id)])
        self.assertTrue(notices)
        mine = self.notices.with_user(self.agent).search([("id", "in", notices.ids)])
        self.assertEqual(mine, notices)
        others = self.notices.with_user(self.agent_own)
        self.assertFalse(others.search([("id", "in", notices.ids)]))
        self.assertFalse(self.notices.with_user(self.portal_user).has_access("read"))
        for user in (self.agent, self.manager):
            self.assertFalse(notices.with_user(user).has_access("write"))
            self.assertFalse(notices.with_user(user).has_access("unlink"))


@tagged("post_install", "-at_install")
class TestMissingText(NoticeCommon):
    def test_texts_are_asked_for(self):
        """R-A3, R-A14: ASIGNADO asks for a diagnosis, PROCESO DE CIERRE a solution."""
        ticket = self.make_ticket("2026-01-12 10:00")
        self.assertEqual(ticket.missing_text, "diagnosis")
        with at("10:10"), self.assertRefused("needs a diagnosis"):
            ticket.with_user(self.agent).stage_id = self.stages["assigned"]
        self.assertNotices(ticket, "receipt")
        self.move(ticket, "10:20", "assigned")
        self.assertEqual(ticket.missing_text, "solution")
        with at("10:30"), self.assertRefused("needs its solution"):
            ticket.with_user(self.agent).stage_id = self.stages["closing"]
        self.move(ticket, "10:40", "closing")
        self.assertFalse(ticket.missing_text)

    def test_a_batch_is_refused_whole(self):
        """R-A3: two tickets dragged together, one without its text: neither moves."""
        first = self.make_ticket("2026-01-12 10:00", diagnosis="<p>Found.</p>")
        second = self.make_ticket("2026-01-12 10:00")
        with at("10:10"), self.assertRefused(second.number):
            (first | second).with_user(self.agent).write(
                {"stage_id": self.stages["assigned"].id}
            )
        self.assertEqual((first | second).stage_id, self.stages["new"])
