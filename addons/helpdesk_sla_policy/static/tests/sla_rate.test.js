import {beforeEach, expect, test} from "@odoo/hoot";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {formatSlaRate} from "@helpdesk_sla_policy/sla_rate";
import {makeMockEnv} from "@web/../tests/web_test_helpers";

defineMailModels();
beforeEach(makeMockEnv);

test("a share is never rounded up", () => {
    expect(formatSlaRate(99.99)).toBe("99.9 %");
    expect(formatSlaRate(66.66666666666667)).toBe("66.6 %");
    expect(formatSlaRate(100)).toBe("100.0 %");
    expect(formatSlaRate(0)).toBe("0.0 %");
});

test("nothing decided is no share", () => {
    expect(formatSlaRate(false)).toBe("n/a");
});
