import {formatFloat} from "@web/views/fields/formatters";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

/**
 * Return a share in percent, never rounded up; "n/a" where nothing is decided.
 *
 * @param {Number|false} value
 * @returns {String}
 */
export function formatSlaRate(value) {
    if (typeof value !== "number") {
        return _t("n/a").toString();
    }
    // The addition undoes what adding up binary fractions took away.
    const tenths = Math.floor(value * 10 + 1e-6) / 10;
    return `${formatFloat(tenths, {digits: [16, 1]})} %`;
}

registry.category("formatters").add("sla_rate", formatSlaRate);
