"""Where the story plays: a real Odoo on a database, its HTTP server, and the time."""

import contextlib
import threading

import requests
from freezegun import freeze_time
from werkzeug.serving import make_server

import odoo
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

from .facts import FactError


class Theatre:
    """An open database with a server of its own; the time stands where it is set."""

    def __init__(self, database):
        self.database = database
        self.registry = Registry(database)
        self.cr = self.registry.cursor()
        self.env = api.Environment(self.cr, SUPERUSER_ID, {"lang": "en_US"})
        server_class = type(self.env["ir.mail_server"])
        server_class._disable_send = classmethod(lambda cls: True)
        self._server = make_server("127.0.0.1", 0, odoo.http.root, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self):
        """Stop the server and close the database."""
        self._server.shutdown()
        self._server.server_close()
        self.cr.close()

    @contextlib.contextmanager
    def at(self, moment):
        """Let the time stand at a naive UTC moment; what happens then is committed."""
        with freeze_time(moment):
            yield
            self.env.flush_all()
            self.cr.commit()
        self.env.invalidate_all()

    def log_in(self, login, password):
        """Return a web session of a user, logged in by the log-in form."""
        session = requests.Session()
        session.get(f"{self.url}/web/login", params={"db": self.database}, timeout=60)
        page = session.get(f"{self.url}/web/login", timeout=60).text
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        answer = session.post(
            f"{self.url}/web/login",
            data={"login": login, "password": password, "csrf_token": token},
            timeout=60,
        )
        if "/web/login" in answer.url:
            raise FactError(f"{login} cannot log in.")
        return session

    def call(self, session, path, **params):
        """Call a JSON-RPC route of the portal; return its result or raise."""
        answer = session.post(
            f"{self.url}{path}",
            json={"jsonrpc": "2.0", "method": "call", "params": params},
            timeout=60,
        ).json()
        result = answer.get("result") or {}
        problem = result.get("error")
        if "error" in answer:
            problem = answer["error"].get("data", {}).get("message", answer["error"])
        if problem:
            raise FactError(f"The portal refuses {path}: {problem}")
        return result

    def post(self, session, path, **values):
        """Send a form of the portal with the session's token."""
        page = session.get(f"{self.url}/my", timeout=60).text
        token = page.split('csrf_token: "')[1].split('"')[0]
        answer = session.post(
            f"{self.url}{path}", data={**values, "csrf_token": token}, timeout=60
        )
        if not answer.ok:
            raise FactError(f"The portal refuses {path}: {answer.status_code}.")
