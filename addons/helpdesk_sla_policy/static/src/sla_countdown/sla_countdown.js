/**
 * What a countdown of the server says at an instant, without a component.
 *
 * A countdown has the state of a timer and, while it is open: `now`, `due` and
 * `breach` (seconds since 1970, the last two may be missing), `total` and `left`
 * (attention time, `left` at `now`), `ticks`, `spans` (opening hours to come as
 * [from, to]; null: always open) and `tz`.
 */

/** The share of the promised time after which a countdown is amber. */
export const AMBER = 0.75;

/** Return an amount of seconds as h:mm:ss, without its sign. */
export function formatClock(seconds) {
    const total = Math.abs(seconds);
    const pad = (part) => String(part).padStart(2, "0");
    const minutes = Math.floor(total / 60);
    return `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(total % 60)}`;
}

/** Return the attention time between the countdown's `now` and an instant. */
export function getOpenSeconds({now, spans}, at) {
    if (!spans) {
        return at - now;
    }
    return spans.reduce((sum, [from, to]) => {
        return sum + Math.max(0, Math.min(to, at) - Math.max(from, now));
    }, 0);
}

/** Tell whether attention hours are open at an instant. */
export function isOpen({spans}, at) {
    return !spans || spans.some(([from, to]) => from <= at && at < to);
}

/** Return when attention hours open next after an instant, or null. */
export function getOpening({spans}, at) {
    const next = (spans || []).find(([from]) => from > at);
    return next ? next[0] : null;
}

/**
 * Return how a countdown stands at an instant: its `kind` (running, closed,
 * paused, counting: nothing promised, or the verdict), the `left` seconds (negative
 * when more was used), whether it `isLate` or `isAmber`, and when support `opens`.
 */
export function getStatus(countdown, at) {
    if (!["running", "paused"].includes(countdown.state)) {
        return {kind: countdown.state, left: 0, isLate: false, isAmber: false};
    }
    const spent = countdown.ticks ? getOpenSeconds(countdown, at) : 0;
    const left = countdown.left - spent;
    const status = {left, isLate: false, isAmber: false, opens: null};
    if (countdown.ticks) {
        status.kind = isOpen(countdown, at) ? "running" : "closed";
        status.opens = status.kind === "closed" ? getOpening(countdown, at) : null;
    } else {
        status.kind = "paused";
    }
    if (!countdown.total) {
        // Only counted: the time left is minus the time spent.
        return {...status, kind: status.kind === "running" ? "counting" : status.kind};
    }
    status.isLate = Boolean(countdown.breach) && at > countdown.breach;
    status.isAmber = !status.isLate && left <= countdown.total * (1 - AMBER);
    return status;
}
