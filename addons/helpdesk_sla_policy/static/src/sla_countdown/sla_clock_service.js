import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";

/**
 * The server's time in whole seconds, and one interval for whatever ticks.
 *
 * Each answer of the server carries its time. Answers arrive late, never early, so
 * the smallest difference seen tells best how far the browser's clock is off.
 */
export const slaClockService = {
    start() {
        const listeners = new Set();
        let interval = null;
        let skew = Infinity;

        const browserNow = () => Date.now() / 1000;
        const tick = () => listeners.forEach((listener) => listener());

        return {
            now: () => Math.floor(browserNow() - (skew === Infinity ? 0 : skew)),

            get isTicking() {
                return interval !== null;
            },

            observe(serverNow) {
                skew = Math.min(skew, browserNow() - serverNow);
            },

            /** Call the listener every second; returns how to end that. */
            subscribe(listener) {
                listeners.add(listener);
                if (interval === null) {
                    interval = browser.setInterval(tick, 1000);
                }
                return () => {
                    listeners.delete(listener);
                    if (!listeners.size && interval !== null) {
                        browser.clearInterval(interval);
                        interval = null;
                    }
                };
            },
        };
    },
};

registry.category("services").add("sla_clock", slaClockService);
