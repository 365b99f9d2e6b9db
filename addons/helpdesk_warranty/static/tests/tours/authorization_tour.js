import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("helpdesk_warranty_authorize", {
    steps: () => [
        {
            content: "The last day to answer is stated in words",
            trigger: "[name=last_day]",
        },
        {
            content: "The hours are shown",
            trigger: "td[name=hours]:contains(03:00)",
        },
        {
            content: "The name makes the signature",
            trigger: ".o_web_sign_name_and_signature input[name=signer]",
            run: "edit Lucia Paredes",
        },
        {
            content: "Sign",
            trigger: ".o_portal_sign_submit:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is approved",
            trigger: "[name=authorization_state]:contains(Approved)",
        },
    ],
});
