import {registry} from "@web/core/registry";

/** Put a file into an input as a user does who chooses it. */
function choose(selector, name, type, bytes) {
    const input = document.querySelector(selector);
    const files = new DataTransfer();
    files.items.add(new File([new Uint8Array(bytes)], name, {type}));
    input.files = files.files;
    input.dispatchEvent(new Event("change", {bubbles: true}));
}

// A picture of one point.
const POINT = Uint8Array.from(
    atob(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
    ),
    (char) => char.charCodeAt(0)
);

const write = (key, text) => ({
    content: `Answer ${key}`,
    trigger: `#intake_${key}`,
    run: `edit ${text}`,
});

registry.category("web_tour.tours").add("helpdesk_intake_form", {
    steps: () => [
        {
            content: "Send it empty: the first question gets the focus",
            trigger: "button:contains(Send Ticket)",
            run: "click",
        },
        {
            content: "What is missing is said, and nothing was sent",
            trigger:
                "#subject.is-invalid[aria-invalid=true]:focus, #subject.is-invalid[aria-invalid=true]",
            run() {
                if (document.activeElement.id !== "subject") {
                    throw new Error("The first error must have the focus");
                }
            },
        },
        {trigger: ".o_intake_alert:not(.d-none)"},
        {trigger: "#intake_module_error:contains(Write an answer)"},
        {
            content: "Similar tickets show while the title is written",
            trigger: "#subject",
            run: "edit Invoices fail when validated",
        },
        {trigger: ".o_intake_similar a:contains(Invoices fail)"},
        write("module", "Ventas"),
        write("place", "Factura"),
        {
            content: "Another type asks other questions; what was typed stays",
            trigger: "#type",
            run: "selectByLabel Development Task",
        },
        {trigger: "#intake_questions:not(:has(#intake_steps))"},
        {trigger: ".o_intake_question:contains(How it works today)"},
        {
            trigger: "#intake_module",
            run() {
                if (document.querySelector("#intake_module").value !== "Ventas") {
                    throw new Error("What was typed is lost");
                }
            },
        },
        {trigger: "#type", run: "selectByLabel Tour Question"},
        {trigger: "#intake_questions:has(#intake_steps)"},
        write("company", "Andina"),
        write("users", "Todos"),
        write("how", "Al validar."),
        write("steps", "1. Validar"),
        write("observed", "Error"),
        write("expected", "Sin error"),
        write("error_text", "ninguno"),
        {
            content: "A video is refused at once",
            trigger: "#intake_screenshots",
            run: () =>
                choose("#intake_screenshots", "pantalla.mp4", "video/mp4", [0, 0, 0]),
        },
        {trigger: "#intake_screenshots_error:contains(is a video)"},
        {
            trigger: "#intake_screenshots",
            run: () =>
                choose("#intake_screenshots", "pantalla.png", "image/png", POINT),
        },
        {trigger: "#intake_screenshots[aria-invalid=false]"},
        {
            content: "One error in each ticket",
            trigger: "#intake_one_error",
            run: "click",
        },
        {
            trigger: "button:contains(Send Ticket)",
            run: "click",
            expectUnloadPage: true,
        },
        {trigger: "[name=intake_submitted]:contains(We have received your ticket)"},
        {trigger: "[name=intake_answers]:contains(Ventas)"},
    ],
});

registry.category("web_tour.tours").add("helpdesk_intake_duplicate", {
    steps: () => [
        {
            content: "Look for what this ticket repeats",
            trigger: ".o_notebook .nav-link[name=similar_tickets]",
            run: "click",
        },
        {
            content: "The first is marked with one click",
            trigger: ".o_similar_tickets tbody tr:first button",
            run: "click",
        },
        {
            trigger: "[name=warning_duplicate] button:contains(Not a Duplicate)",
            run: "click",
        },
        {trigger: ".o_notebook .nav-link[name=similar_tickets]"},
        {trigger: ".o_form_status_indicator:not(:has(.o_form_button_save:visible))"},
    ],
});
