from werkzeug.exceptions import NotFound

from odoo.exceptions import AccessError, UserError
from odoo.http import request, route

from odoo.addons.helpdesk_mgmt.controllers.myaccount import CustomerPortalHelpdesk

from ..models.helpdesk_support_contract_contact import FLAGS


class CustomerPortalContract(CustomerPortalHelpdesk):
    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "contract_count" in counters:
            values["contract_count"] = (
                request.env["helpdesk.support.contract"]
                .sudo()
                .search_count(self._get_contract_domain())
            )
        return values

    def _get_contract_domain(self):
        """Return the contracts that the portal shows: signed, of the own company."""
        customer = request.env.user.partner_id.commercial_partner_id
        return [("partner_id", "=", customer.id), ("is_signed", "=", True)]

    def _get_contract(self, contract_id):
        """Return a contract of the own company as the user, or raise NotFound."""
        domain = [("id", "=", contract_id), *self._get_contract_domain()]
        contract = request.env["helpdesk.support.contract"].sudo().search(domain)
        if not contract:
            raise NotFound
        return contract.with_user(request.env.user)

    def _render_contract(self, contract, error=None, draft=None):
        """Return the page; what it says went wrong never comes from the address."""
        partner = request.env.user.partner_id
        contract = contract.sudo()
        labels = contract.contact_ids.fields_get(FLAGS, ["string", "help"])
        return request.render(
            "helpdesk_support_contract.portal_contract_page",
            {
                "page_name": "contract",
                "contract": contract,
                "plan": contract.plan_id,
                "flags": [(name, labels[name]) for name in FLAGS],
                "is_admin": contract._has_role(partner, "admin"),
                "error": error,
                "is_saved": "saved" in request.params,
                "draft": draft or {},
            },
        )

    def _change_contacts(self, contract_id, change):
        """Do what an administrator asks for; show the page with what went wrong."""
        contract = self._get_contract(contract_id)
        try:
            with request.env.cr.savepoint():
                change(contract)
        except AccessError as error:
            raise NotFound from error
        except UserError as error:
            return self._render_contract(contract, str(error), request.params)
        return request.redirect(f"/my/contract/{contract_id}?saved=1", code=303)

    @route("/my/contracts", type="http", auth="user", website=True, readonly=True)
    def portal_my_contracts(self, **kw):
        """List the support contracts of the user's company."""
        contracts = request.env["helpdesk.support.contract"].sudo()
        return request.render(
            "helpdesk_support_contract.portal_my_contracts",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "contract",
                "contracts": contracts.search(self._get_contract_domain()),
                "default_url": "/my/contracts",
            },
        )

    @route(
        "/my/contract/<int:contract_id>",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def portal_my_contract(self, contract_id, **kw):
        """Show one contract with its people."""
        return self._render_contract(self._get_contract(contract_id))

    @route(
        "/my/contract/<int:contract_id>/annex",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def portal_contract_annex(self, contract_id, **kw):
        """Download the annex as it was signed; prices are for who sees the billing."""
        contract = self._get_contract(contract_id)
        annex = contract._get_annex_for(request.env.user.partner_id)
        if not annex:
            raise NotFound
        stream = request.env["ir.binary"]._get_stream_from(annex)
        return stream.get_response(as_attachment=True)

    @route(
        "/my/contract/<int:contract_id>/contact",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_contact_add(self, contract_id, name="", email="", phone="", **kw):
        """Add a person of the own company to the contract."""
        return self._change_contacts(
            contract_id,
            lambda contract: contract._add_contact(
                name, email, phone, self._get_flags(kw)
            ),
        )

    @route(
        "/my/contract/<int:contract_id>/contact/<int:contact_id>",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_contact_roles(self, contract_id, contact_id, **kw):
        """Change the roles of a person on the contract."""
        return self._change_contacts(
            contract_id,
            lambda contract: contract._set_contact_roles(
                contact_id, self._get_flags(kw)
            ),
        )

    @route(
        "/my/contract/<int:contract_id>/contact/<int:contact_id>/remove",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_contact_remove(self, contract_id, contact_id, **kw):
        """Take a person off the contract."""
        return self._change_contacts(
            contract_id, lambda contract: contract._remove_contact(contact_id)
        )

    @staticmethod
    def _get_flags(params):
        """Return the names of the roles that are ticked on the form."""
        return {name for name in FLAGS if params.get(name)}
