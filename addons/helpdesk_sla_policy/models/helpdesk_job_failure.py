import logging

from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError

from ..retry import halve

_logger = logging.getLogger(__name__)

#: What says in a sentence what to do; anything else is an error of the program.
REFUSALS = (RedirectWarning, UserError)


class HelpdeskJobFailure(models.Model):
    """A record that a job could not do: the others are done, and it is tried again.

    Rows are of what fails at present: one goes when its record is done.
    """

    _name = "helpdesk.job.failure"
    _description = "Failure of a Job"
    _order = "failed_at desc, id desc"
    _allow_sudo_commands = False

    name = fields.Char(string="Record", readonly=True)
    cron_id = fields.Many2one(
        "ir.cron", string="Job", required=True, ondelete="cascade", readonly=True
    )
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Record ID", model_field="res_model", required=True, readonly=True
    )
    company_id = fields.Many2one("res.company", index=True, readonly=True)
    message = fields.Char(string="Why", readonly=True)
    since = fields.Datetime(string="Fails Since", readonly=True)
    failed_at = fields.Datetime(string="Tried Last", readonly=True)
    count = fields.Integer(string="Attempts", readonly=True, aggregator=None)
    activity_id = fields.Many2one(
        "mail.activity",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The to-do of who looks after the record.",
    )

    _record_uniq = models.UniqueIndex(
        "(cron_id, res_model, res_id)", "This failure has just been recorded."
    )

    def action_open(self):
        """Open the record that a job could not do."""
        self.ensure_one()
        record = self.env[self.res_model].browse(self.res_id).exists()
        if not record:
            raise UserError(self.env._("%s has been deleted meanwhile.", self.name))
        return record._get_records_action()

    def action_retry(self):
        """Let the jobs try again at once; who may see a failure may."""
        self.check_access("read")
        for cron in self.sudo().cron_id:
            cron._trigger()

    # What fails

    @api.model
    def _get_failed_ids(self, cron, model):
        """Return the ids of the records of a model at which a job failed last."""
        domain = [("cron_id", "=", cron.id), ("res_model", "=", model)]
        return set(self.sudo().search(domain).mapped("res_id"))

    @api.model
    def _forget(self, cron, records):
        """Take records that are done off the list, and the to-dos about them."""
        done = self.sudo().search(
            [
                ("cron_id", "=", cron.id),
                ("res_model", "=", records._name),
                ("res_id", "in", records.ids),
            ]
        )
        done.activity_id.unlink()
        done.unlink()

    @api.model
    def _record(self, cron, record, error):
        """List a record that failed; who looks after it is told the first time."""
        if isinstance(error, REFUSALS):
            _logger.info("%s: %s was left out: %s", cron.name, record, error)
        else:
            _logger.error("%s: %s failed", cron.name, record, exc_info=error)
        failures = self.sudo()
        domain = [
            ("cron_id", "=", cron.id),
            ("res_model", "=", record._name),
            ("res_id", "=", record.id),
        ]
        now = fields.Datetime.now()
        failure = failures.search(domain, limit=1)
        first = not failure
        if first:
            failure = failures.create(
                {
                    "cron_id": cron.id,
                    "res_model": record._name,
                    "res_id": record.id,
                    "company_id": self._get_company(record).id,
                    "since": now,
                }
            )
        failure.write(
            {
                "name": self._get_name(record),
                "message": self._get_sentence(error),
                "failed_at": now,
                "count": failure.count + 1,
            }
        )
        if first:
            # Whatever is wrong with the record must not keep it off the list.
            halve(self.env, failure, lambda rows: rows._tell(), _log_silence)

    @api.model
    def _get_name(self, record):
        """Return what the list calls a record, also when its name cannot be read."""
        names = []
        halve(
            self.env,
            record,
            lambda r: names.append(r.sudo().display_name),
            lambda _record, _error: names.append(f"{record._description} {record.id}"),
        )
        return names[0]

    @api.model
    def _get_sentence(self, error):
        """Return an error as a sentence for those who are no programmers."""
        if isinstance(error, REFUSALS):
            return str(error.args[0]).split("\n")[0]
        if isinstance(error, IntegrityError):
            return self._sql_error_to_message(error)
        return self.env._(
            "An error of the program, ask who looks after it: %s",
            str(error).split("\n")[0] or type(error).__name__,
        )

    def _tell(self):
        """Give who looks after the record a to-do, in the own language."""
        record = self.env[self.res_model].browse(self.res_id).sudo()
        user = self._get_keeper(record)
        subject = self._get_subject(record)
        if not user or not subject:
            return
        here = self.with_context(lang=user.lang)
        self.activity_id = subject.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=user.id,
            summary=here.env._(
                "%(job)s: left out: %(reason)s",
                job=here.cron_id.name,
                reason=self.message,
            ),
        )

    @api.model
    def _get_subject(self, record):
        """Return what has the to-do: the record, else what it belongs to, or None."""
        if "activity_ids" in record._fields:
            return record
        for name in self._get_subject_fields():
            if name in record._fields and record[name]:
                return record[name]
        return None

    @api.model
    def _get_subject_fields(self):
        """Return the fields of a record that name what has to-dos."""
        return ["ticket_id"]

    @api.model
    def _get_keeper(self, record):
        """Return the user who looks after a record, else who made it, or None."""
        for path in [*self._get_keeper_paths(), "create_uid"]:
            if path.partition(".")[0] in record._fields:
                user = record.mapped(path).filtered(lambda u: u.active and not u.share)
                if user:
                    return user[0]
        return None

    @api.model
    def _get_keeper_paths(self):
        """Return the fields of a record that lead to its user, the nearest first."""
        return ["user_id", "ticket_id.user_id", "team_id.user_id"]

    @api.autovacuum
    def _gc_forgotten(self):
        """Forget what no job came to for a week: it was not to be done any more."""
        self.search([("failed_at", "<", "today -7d")]).unlink()


def _log_silence(failure, error):
    _logger.error("Nobody could be told of %s", failure, exc_info=error)
