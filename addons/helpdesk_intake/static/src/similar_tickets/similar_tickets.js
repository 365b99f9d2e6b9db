import {Component, onWillStart, onWillUpdateProps, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useService} from "@web/core/utils/hooks";

/**
 * What a ticket may repeat. It is looked for when the tab is opened, never before.
 */
export class SimilarTickets extends Component {
    static template = "helpdesk_intake.SimilarTickets";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.state = useState({tickets: []});
        onWillStart(() => this.load(this.props.record.resId));
        onWillUpdateProps(async (next) => {
            if (next.record.resId !== this.props.record.resId) {
                await this.load(next.record.resId);
            }
        });
    }

    async load(ticketId) {
        this.state.tickets = ticketId
            ? await this.orm.call("helpdesk.ticket", "get_similar_tickets", [
                  [ticketId],
              ])
            : [];
    }

    open(ticket) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "helpdesk.ticket",
            res_id: ticket.id,
            views: [[false, "form"]],
        });
    }

    async mark(ticket) {
        const {record} = this.props;
        if (!(await record.save())) {
            return;
        }
        await this.orm.call("helpdesk.ticket", "action_mark_duplicate", [
            [record.resId],
            ticket.id,
        ]);
        this.notification.add(
            _t(
                "Marked as a duplicate of %s. “Not a Duplicate” takes it back.",
                ticket.number
            ),
            {type: "success"}
        );
        await record.load();
    }
}

registry.category("view_widgets").add("helpdesk_similar_tickets", {
    component: SimilarTickets,
});
