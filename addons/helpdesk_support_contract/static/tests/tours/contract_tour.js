import {registry} from "@web/core/registry";

const press = (name, within = ".o_statusbar_buttons") => ({
    trigger: `${within} button[name=${name}]:enabled`,
    run: "click",
});
const shows = (state) => ({
    trigger: `.o_statusbar_status .o_arrow_button_current:contains(${state})`,
});

registry.category("web_tour.tours").add("helpdesk_support_contract_buttons", {
    steps: () => [
        {content: "The customer has signed", ...press("action_sign")},
        shows("Running"),
        {content: "The annex is kept", trigger: "[name=annex_id]:contains(Annex)"},
        {content: "Suspend it, with a reason", ...press("action_ask_suspension")},
        {
            trigger: ".modal [name=suspension_reason] input",
            run: "edit Unpaid since May",
        },
        press("action_suspend", ".modal"),
        {trigger: "body:not(:has(.modal))"},
        {trigger: ".alert-danger:contains(Unpaid since May)"},
        {content: "It goes on", ...press("action_resume")},
        shows("Running"),
        {content: "Another plan in mid-term", ...press("action_change_plan")},
        {
            trigger: ".modal [name=plan_id] input",
            run: "edit Priority 24/7",
        },
        {trigger: ".o-autocomplete--dropdown-item:contains(24/7)", run: "click"},
        press("action_change", ".modal"),
        {trigger: "body:not(:has(.modal))"},
        {trigger: "[name=plan_id]:contains(24/7), [name=plan_id] input:value(24/7)"},
        {content: "The contract that follows", ...press("action_renew")},
        {trigger: ".o_breadcrumb:contains(SC)"},
        {
            content: "It renews the first one, and is to be signed",
            trigger: "button[name=action_view_renewed]",
        },
        shows("Draft"),
    ],
});

const ana = "[data-contact]:contains(ana@customer.example.com)";

registry.category("web_tour.tours").add("helpdesk_support_contract_portal", {
    steps: () => [
        {
            content: "The administrator adds a colleague",
            trigger: "input[name=name]",
            run: "edit Ana Mora",
        },
        {trigger: "input[name=email]", run: "edit ana@customer.example.com"},
        {
            trigger: "button:contains(Add)",
            run: "click",
            expectUnloadPage: true,
        },
        {trigger: "[role=status]:contains(saved)"},
        {
            content: "Ana approves estimates from now on",
            trigger: `${ana} input[name=role_estimates]:not(:checked)`,
            run: "click",
        },
        {
            trigger: `${ana} button:contains(Save)`,
            run: "click",
            expectUnloadPage: true,
        },
        {trigger: `${ana} input[name=role_estimates]:checked`},
        {
            content: "And leaves",
            trigger: `${ana} summary:contains(Remove)`,
            run: "click",
        },
        {
            trigger: `${ana} button:contains(Remove Ana Mora)`,
            run: "click",
            expectUnloadPage: true,
        },
        {trigger: "#support_contract:not(:contains(ana@customer.example.com))"},
        {
            content: "Nobody answers a ticket: escalate it by its number",
            trigger: "#support_contract",
            run: () => {
                window.location = "/my/escalate";
            },
            expectUnloadPage: true,
        },
        {
            trigger: "[name=open_tickets] a:first",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: "[name=escalation_choices] [data-target='2'] input:enabled",
            run: "click",
        },
        {trigger: "#escalation_reason", run: "edit Nobody can invoice"},
        {
            trigger: "button:contains(Escalate)",
            run: "click",
            expectUnloadPage: true,
        },
        {trigger: "[name=escalation_page] .alert-success"},
        {trigger: "[name=escalation_log] li"},
    ],
});
