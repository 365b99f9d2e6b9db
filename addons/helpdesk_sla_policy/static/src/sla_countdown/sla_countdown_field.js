import {
    Component,
    onMounted,
    onWillUnmount,
    onWillUpdateProps,
    useState,
} from "@odoo/owl";
import {formatClock, getStatus} from "./sla_countdown";
import {_t} from "@web/core/l10n/translation";
import {is24HourFormat} from "@web/core/l10n/time";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useService} from "@web/core/utils/hooks";

const {DateTime} = luxon;

const VERDICTS = {
    met: {text: _t("Met"), classes: "text-bg-success"},
    missed: {text: _t("Missed"), classes: "text-bg-danger"},
    void: {text: _t("Void"), classes: "text-bg-secondary"},
};
const ICONS = {
    running: "fa-clock-o",
    closed: "fa-moon-o",
    paused: "fa-pause",
    counting: "fa-clock-o",
};

/** Return an instant in words; the day only where it says more than the weekday. */
export function formatMoment(instant, {tz, isLong = false} = {}) {
    const moment = DateTime.fromSeconds(instant).setZone(tz || "default");
    const isNear = Math.abs(moment.diffNow("days").days) < 6;
    return moment.toLocaleString({
        weekday: "short",
        ...(isNear && !isLong ? {} : {day: "numeric", month: "short"}),
        ...(isLong ? {year: "numeric"} : {}),
        hour: "2-digit",
        minute: "2-digit",
        hourCycle: is24HourFormat() ? "h23" : "h12",
    });
}

/** The time left of a promise, counting down in attention hours. */
export class SlaCountdownField extends Component {
    static template = "helpdesk_sla_policy.SlaCountdownField";
    static props = {
        ...standardFieldProps,
        showDue: {type: Boolean, optional: true},
        showMetric: {type: Boolean, optional: true},
    };

    setup() {
        this.clock = useService("sla_clock");
        this.status = useState({kind: null, left: 0, isLate: false, isAmber: false});
        this.update(this.props);
        let unsubscribe = null;
        onMounted(() => {
            unsubscribe = this.clock.subscribe(() => this.update(this.props));
        });
        onWillUpdateProps((nextProps) => this.update(nextProps));
        onWillUnmount(() => unsubscribe());
    }

    update(props) {
        const countdown = props.record.data.countdown;
        if (!countdown) {
            this.status.kind = null;
            return;
        }
        if (countdown.now) {
            this.clock.observe(countdown.now);
        }
        Object.assign(
            this.status,
            {opens: null},
            getStatus(countdown, this.clock.now())
        );
    }

    get countdown() {
        return this.props.record.data.countdown;
    }

    get verdict() {
        return VERDICTS[this.status.kind];
    }

    get icon() {
        return this.status.isLate ? "fa-exclamation-triangle" : ICONS[this.status.kind];
    }

    get colour() {
        if (this.status.isLate) {
            return "text-danger fw-bold";
        }
        if (this.status.kind === "paused") {
            return "text-muted";
        }
        return this.status.isAmber ? "o_sla_amber fw-bold" : "";
    }

    get text() {
        const time = formatClock(this.status.left);
        if (this.status.isLate) {
            return this.status.left < 0 ? _t("Late by %s", time) : _t("Late");
        }
        return this.status.kind === "paused" ? _t("Paused") : time;
    }

    get note() {
        const {kind, isLate, opens} = this.status;
        if (kind === "paused") {
            return _t("waiting for the customer");
        }
        if (isLate) {
            return "";
        }
        if (kind === "closed" && opens) {
            return _t("opens %s", formatMoment(opens));
        }
        if (this.props.showDue && this.countdown.due) {
            return formatMoment(this.countdown.due);
        }
        return "";
    }

    get tooltipInfo() {
        return JSON.stringify({title: this.countdown.metric, lines: this.tooltip});
    }

    /** The due moment in the calendar's zone and in the user's, and what is left. */
    get tooltip() {
        const {due, total, tz} = this.countdown;
        const {kind, left, opens} = this.status;
        const lines = [];
        if (due) {
            const moment = formatMoment(due, {tz, isLong: true});
            lines.push(_t("Due: %(moment)s (%(tz)s)", {moment, tz}));
            const own = DateTime.fromSeconds(due);
            if (own.offset !== own.setZone(tz).offset) {
                lines.push(_t("Your time: %s", formatMoment(due, {isLong: true})));
            }
        }
        if (total) {
            lines.push(
                _t("Attention time left: %(left)s of %(total)s", {
                    left: formatClock(Math.max(left, 0)),
                    total: formatClock(total),
                })
            );
        }
        if (kind === "closed" && opens) {
            lines.push(
                _t("Closed now; opens %s", formatMoment(opens, {tz, isLong: true}))
            );
        }
        if (kind === "paused") {
            lines.push(_t("The clock is paused: it waits for the customer"));
        }
        return lines;
    }
}

export const slaCountdownField = {
    component: SlaCountdownField,
    displayName: _t("SLA Countdown"),
    supportedTypes: ["json", "datetime"],
    listViewWidth: [215, 260],
    fieldDependencies: [{name: "countdown", type: "json", readonly: true}],
    supportedOptions: [
        {label: _t("Show the due date"), name: "show_due", type: "boolean"},
        {label: _t("Show the metric"), name: "show_metric", type: "boolean"},
    ],
    extractProps: ({options}) => ({
        showDue: Boolean(options.show_due),
        showMetric: Boolean(options.show_metric),
    }),
};

registry.category("fields").add("sla_countdown", slaCountdownField);
