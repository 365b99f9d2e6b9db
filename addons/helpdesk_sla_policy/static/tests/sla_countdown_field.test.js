import {
    defineModels,
    fields,
    getService,
    makeMockEnv,
    models,
    mountView,
    mountWithCleanup,
} from "@web/../tests/web_test_helpers";
import {Component, useState, xml} from "@odoo/owl";
import {advanceTime, animationFrame, mockDate} from "@odoo/hoot-mock";
import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {
    formatClock,
    getOpenSeconds,
    getOpening,
    getStatus,
} from "@helpdesk_sla_policy/sla_countdown/sla_countdown";
import {queryAllTexts, queryOne} from "@odoo/hoot-dom";
import {SlaCountdownField} from "@helpdesk_sla_policy/sla_countdown/sla_countdown_field";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";

const MINUTE = 60;
const HOUR = 3600;
// Monday 12 January 2026, 15:00 UTC.
const NOW = Date.UTC(2026, 0, 12, 15) / 1000;
const RUNNING = {
    state: "running",
    metric: "Solution",
    now: NOW,
    due: NOW + 2 * HOUR,
    breach: NOW + 2 * HOUR,
    total: 4 * HOUR,
    left: 2 * HOUR,
    ticks: true,
    spans: null,
    tz: "America/Guayaquil",
};

class Timer extends models.Model {
    _name = "helpdesk.sla.timer";

    due_at = fields.Datetime();
    countdown = fields.Json();
}

defineModels([Timer]);
defineMailModels();

beforeEach(() => mockDate("2026-01-12 15:00:00", 0));

async function mountCountdown(changes, {options = "{}", field = "countdown"} = {}) {
    Timer._records = [{id: 1, countdown: {...RUNNING, ...changes}}];
    await mountView({
        type: "form",
        resModel: "helpdesk.sla.timer",
        resId: 1,
        arch: `
            <form>
                <field name="${field}" widget="sla_countdown" options="${options}"/>
            </form>`,
    });
}

async function pass(seconds) {
    await advanceTime(seconds * 1000);
    await animationFrame();
}

describe("arithmetic", () => {
    test("amounts read as h:mm:ss", () => {
        expect(formatClock(0)).toBe("0:00:00");
        expect(formatClock(20 * MINUTE)).toBe("0:20:00");
        expect(formatClock(-(71 * HOUR + 59 * MINUTE + 5))).toBe("71:59:05");
    });

    test("only opening hours count", () => {
        const spans = [
            [NOW - HOUR, NOW + HOUR],
            [NOW + 3 * HOUR, NOW + 4 * HOUR],
        ];
        expect(getOpenSeconds({now: NOW, spans}, NOW + 30)).toBe(30);
        expect(getOpenSeconds({now: NOW, spans}, NOW + 2 * HOUR)).toBe(HOUR);
        expect(getOpenSeconds({now: NOW, spans}, NOW + 3 * HOUR + 5)).toBe(HOUR + 5);
        expect(getOpening({spans}, NOW + 2 * HOUR)).toBe(NOW + 3 * HOUR);
        expect(getOpening({spans}, NOW + 5 * HOUR)).toBe(null);
    });

    test("an hour of every day counts where nothing closes", () => {
        expect(getOpenSeconds({now: NOW, spans: null}, NOW + 50 * HOUR)).toBe(
            50 * HOUR
        );
    });

    test("the last second is still in time", () => {
        expect(getStatus(RUNNING, NOW + 2 * HOUR)).toMatchObject({
            left: 0,
            isLate: false,
            isAmber: true,
        });
        expect(getStatus(RUNNING, NOW + 2 * HOUR + 1)).toMatchObject({
            left: -1,
            isLate: true,
            isAmber: false,
        });
    });

    test("used up at closing time is not late before a second of work passes", () => {
        const countdown = {
            ...RUNNING,
            breach: NOW + 16 * HOUR,
            left: HOUR,
            spans: [
                [NOW, NOW + HOUR],
                [NOW + 16 * HOUR, NOW + 24 * HOUR],
            ],
        };
        expect(getStatus(countdown, NOW + 10 * HOUR)).toMatchObject({
            kind: "closed",
            left: 0,
            isLate: false,
            opens: NOW + 16 * HOUR,
        });
        expect(getStatus(countdown, NOW + 16 * HOUR + 1).isLate).toBe(true);
    });

    test("a term in business days is late from its end, open or not", () => {
        const countdown = {
            ...RUNNING,
            state: "paused",
            due: NOW + HOUR,
            breach: NOW + HOUR,
            left: HOUR,
            spans: [[NOW, NOW + HOUR]],
        };
        expect(getStatus(countdown, NOW + HOUR + 1)).toMatchObject({
            kind: "closed",
            left: 0,
            isLate: true,
        });
    });
});

describe("field", () => {
    test("ticks every second", async () => {
        await mountCountdown({});
        expect(".o_sla_time").toHaveText("2:00:00");
        await pass(1);
        expect(".o_sla_time").toHaveText("1:59:59");
        await pass(59);
        expect(".o_sla_time").toHaveText("1:59:00");
    });

    test("is amber from three quarters of the time on", async () => {
        await mountCountdown({left: HOUR + 2});
        expect(".o_sla_amber").toHaveCount(0);
        await pass(1);
        expect(".o_sla_amber").toHaveCount(0);
        await pass(1);
        expect(".o_sla_time").toHaveText("1:00:00");
        expect(".o_sla_amber").toHaveCount(1);
    });

    test("turns red when late and says by how much", async () => {
        await mountCountdown({due: NOW + 2, breach: NOW + 2, left: 2});
        await pass(2);
        expect(".o_sla_time").toHaveText("0:00:00");
        expect(".o_sla_time").not.toHaveClass("text-danger");
        await pass(10);
        expect(".o_sla_time").toHaveText("Late by 0:00:10");
        expect(".o_sla_time").toHaveClass("text-danger");
        expect(".o_sla_countdown").toHaveAttribute("data-kind", "late");
    });

    test("does not tick while it waits for the customer", async () => {
        await mountCountdown({state: "paused", due: null, breach: null, ticks: false});
        expect(".o_sla_time").toHaveText("Paused");
        expect(".o_sla_note").toHaveText("waiting for the customer");
        const before = queryOne(".o_sla_countdown").outerHTML;
        await pass(100);
        expect(queryOne(".o_sla_countdown").outerHTML).toBe(before);
        expect(before).toMatch(/2:00:00/);
    });

    test("stands still while support is closed and says when it opens", async () => {
        await mountCountdown({
            left: 20 * MINUTE,
            due: NOW + 18 * HOUR + 20 * MINUTE,
            breach: NOW + 18 * HOUR + 20 * MINUTE,
            spans: [[NOW + 18 * HOUR, NOW + 26 * HOUR]],
        });
        expect(".o_sla_countdown").toHaveAttribute("data-kind", "closed");
        expect(".o_sla_time").toHaveText("0:20:00");
        expect(".o_sla_note").toHaveText(/^opens Tue/);
        await pass(HOUR);
        expect(".o_sla_time").toHaveText("0:20:00");
    });

    test("goes on when support opens", async () => {
        await mountCountdown({left: 20 * MINUTE, spans: [[NOW + 5, NOW + HOUR]]});
        await pass(5);
        expect(".o_sla_time").toHaveText("0:20:00");
        await pass(3);
        expect(".o_sla_time").toHaveText("0:19:57");
        expect(".o_sla_countdown").toHaveAttribute("data-kind", "running");
    });

    for (const [state, text, classes] of [
        ["met", "Met", "text-bg-success"],
        ["missed", "Missed", "text-bg-danger"],
        ["void", "Void", "text-bg-secondary"],
    ]) {
        test(`shows what is decided as a badge: ${state}`, async () => {
            await mountCountdown({state});
            expect(".o_sla_countdown .badge").toHaveText(text);
            expect(".o_sla_countdown .badge").toHaveClass(classes);
        });
    }

    test("counts up where nothing is promised", async () => {
        await mountCountdown({total: 0, left: -10, due: null, breach: null});
        await pass(1);
        expect(".o_sla_time").toHaveText("0:00:11");
        expect(".o_sla_time").not.toHaveClass("text-danger");
    });

    test("is empty where nothing is due", async () => {
        Timer._records = [{id: 1, countdown: false}];
        await mountView({
            type: "form",
            resModel: "helpdesk.sla.timer",
            resId: 1,
            arch: `<form><field name="countdown" widget="sla_countdown"/></form>`,
        });
        expect(".o_sla_countdown").toHaveCount(0);
    });

    test("stands on the due date too, which sorts", async () => {
        await mountCountdown(
            {},
            {field: "due_at", options: "{'show_due': True, 'show_metric': True}"}
        );
        expect(".o_sla_countdown").toHaveText(/^Solution/);
        expect(".o_sla_note").toHaveText(/^Mon/);
    });

    test("tells zone and due moment in its tooltip", async () => {
        await mountCountdown({});
        const info = JSON.parse(queryOne(".o_sla_countdown").dataset.tooltipInfo);
        expect(info.title).toBe("Solution");
        expect(info.lines).toHaveLength(3);
        expect(info.lines[0]).toMatch(/^Due: .*12:00.*\(America\/Guayaquil\)$/);
        expect(info.lines[1]).toMatch(/^Your time: /);
        expect(info.lines[2]).toBe("Attention time left: 2:00:00 of 4:00:00");
    });

    test("follows the server's clock when the browser's is wrong", async () => {
        mockDate("2026-01-12 15:10:00", 0);
        await mountCountdown({});
        expect(".o_sla_time").toHaveText("2:00:00");
        await pass(1);
        expect(".o_sla_time").toHaveText("1:59:59");
    });
});

describe("interval", () => {
    class Page extends Component {
        static components = {SlaCountdownField};
        static props = [];
        static template = xml`
            <t t-if="state.isShown">
                <SlaCountdownField t-props="field"/>
                <SlaCountdownField t-props="field"/>
            </t>`;

        setup() {
            this.state = useState({isShown: true});
            this.field = {record: {data: {countdown: RUNNING}}, name: "countdown"};
        }
    }

    test("is one for many fields and ends with the last", async () => {
        const page = await mountWithCleanup(Page);
        const clock = getService("sla_clock");
        expect(queryAllTexts(".o_sla_time")).toEqual(["2:00:00", "2:00:00"]);
        expect(clock.isTicking).toBe(true);
        await pass(1);
        expect(queryAllTexts(".o_sla_time")).toEqual(["1:59:59", "1:59:59"]);
        page.state.isShown = false;
        await animationFrame();
        expect(clock.isTicking).toBe(false);
        page.state.isShown = true;
        await pass(1);
        expect(clock.isTicking).toBe(true);
        expect(queryAllTexts(".o_sla_time")).toEqual(["1:59:58", "1:59:58"]);
    });

    test("calls whoever listens once a second", async () => {
        await makeMockEnv();
        const clock = getService("sla_clock");
        const stops = ["first", "second"].map((name) =>
            clock.subscribe(() => expect.step(name))
        );
        await advanceTime(1000);
        stops[0]();
        await advanceTime(1000);
        stops[1]();
        await advanceTime(1000);
        expect.verifySteps(["first", "second", "second"]);
    });
});
