import {registry} from "@web/core/registry";

const press = (name, within = ".o_statusbar_buttons") => ({
    trigger: `${within} button[name=${name}]:enabled`,
    run: "click",
});

registry.category("web_tour.tours").add("helpdesk_intake_ticket_buttons", {
    steps: () => [
        {
            content: "What is missing goes back to the customer",
            ...press("action_return_incomplete"),
        },
        {
            trigger:
                ".o_statusbar_buttons:not(:has(button[name=action_return_incomplete]))",
        },
        {
            content: "The customer escalated it without need",
            trigger: "button[name=action_view_escalations]",
            run: "click",
        },
        {trigger: ".o_list_view .o_data_cell[name=ticket_id]", run: "click"},
        press("action_judge"),
        {trigger: ".modal [name=reason] input", run: "edit A level was skipped"},
        press("action_confirm", ".modal"),
        {trigger: "body:not(:has(.modal))"},
        {trigger: ".o_form_view:contains(A level was skipped)"},
    ],
});

registry.category("web_tour.tours").add("helpdesk_intake_change_request", {
    steps: () => [
        {
            content: "What goes beyond the ticket becomes one of its own",
            ...press("action_create_change_request"),
        },
        {trigger: "[name=origin_ticket_id]:contains(Invoices fail)"},
        {trigger: ".o_form_status_indicator:not(:has(.o_form_button_save:visible))"},
    ],
});
