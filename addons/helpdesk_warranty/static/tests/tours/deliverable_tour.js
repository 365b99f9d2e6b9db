import {registry} from "@web/core/registry";

const press = (text, within = ".o_statusbar_buttons") => ({
    trigger: `${within} button:enabled:contains(${text})`,
    run: "click",
});
const shows = (state) => ({
    trigger: `.o_statusbar_status .o_arrow_button_current:contains(${state})`,
});

registry.category("web_tour.tours").add("helpdesk_warranty_deliverable_buttons", {
    steps: () => [
        {content: "It goes to the customer", ...press("Deliver")},
        press("Ok", ".modal"),
        {trigger: "body:not(:has(.modal))"},
        shows("Delivered"),
        {
            content: "The customer rejects it by letter",
            ...press("Record Written Answer"),
        },
        {trigger: ".modal .o_radio_item:contains(Rejects) input", run: "click"},
        {trigger: ".modal [name=name] input", run: "edit Lucia Paredes"},
        {trigger: ".modal [name=text] textarea", run: "edit The total is wrong"},
        press("Record", ".modal"),
        {trigger: "body:not(:has(.modal))"},
        shows("Rejected"),
        {content: "Corrected in the next version", ...press("New Version")},
        {trigger: "[name=version]:contains(2)"},
        shows("Draft"),
    ],
});
