import {SignatureForm} from "@portal/signature_form/signature_form";
import {rpc} from "@web/core/network/rpc";
import {_t} from "@web/core/l10n/translation";
import {redirect} from "@web/core/utils/urls";
import {registry} from "@web/core/registry";
import {useState} from "@odoo/owl";

/** Odoo's signature form with remarks: what the customer adds when accepting. */
export class AcceptanceForm extends SignatureForm {
    static template = "helpdesk_warranty.AcceptanceForm";

    setup() {
        super.setup();
        this.acceptance = useState({remarks: "", isSending: false});
    }

    get sendLabel() {
        return _t("Accept and sign");
    }

    async onClickSubmit() {
        this.acceptance.isSending = true;
        try {
            const data = await rpc(this.props.callUrl, {
                name: this.signature.name,
                signature: this.signature.getSignatureImage().split(",")[1],
                remarks: this.acceptance.remarks,
            });
            this.state.error = data.error || false;
            if (!data.error) {
                redirect(data.redirect_url);
            }
        } finally {
            this.acceptance.isSending = false;
        }
    }
}

registry
    .category("public_components")
    .add("helpdesk_warranty.acceptance_form", AcceptanceForm);
