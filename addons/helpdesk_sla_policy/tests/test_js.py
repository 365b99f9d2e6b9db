from odoo.tests import tagged

from odoo.addons.web.tests import test_js


@tagged("post_install", "-at_install")
class TestHelpdeskSlaPolicyJs(test_js.HOOTCommon):
    """The unit tests of the countdown, in a browser."""

    def get_hoot_filters(self):
        self._test_params = [("+", "@helpdesk_sla_policy")]
        return super().get_hoot_filters()

    def test_generate_hoot_hash(self):
        """Tested by web."""

    def test_get_hoot_filter(self):
        """Tested by web."""

    def test_countdown(self):
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000"
            f"{self.hoot_filters}",
            "",
            login="admin",
            timeout=600,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=test_js.unit_test_error_checker,
        )
