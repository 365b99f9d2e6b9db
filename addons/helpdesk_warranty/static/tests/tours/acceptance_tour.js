import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("helpdesk_warranty_accept", {
    steps: () => [
        {
            content: "The last day is stated in words",
            trigger: "[name=acceptance_deadline]",
        },
        {
            content: "The name makes the signature",
            trigger: ".o_web_sign_name_and_signature input[name=signer]",
            run: "edit Lucia Paredes",
        },
        {
            content: "Remarks go with the acceptance",
            trigger: "textarea[name=remarks]",
            run: "edit The total could be bold",
        },
        {
            content: "Sign",
            trigger: ".o_portal_sign_submit:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is accepted",
            trigger: "[name=deliverable_state]:contains(Accepted)",
        },
    ],
});
