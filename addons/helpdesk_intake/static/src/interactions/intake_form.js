import {Interaction} from "@web/public/interaction";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {rpc} from "@web/core/network/rpc";

/**
 * The ticket form and the page to complete a ticket. The server checks everything;
 * this saves the customer the way there and back.
 */
export class IntakeForm extends Interaction {
    static selector = ".o_intake_form";
    dynamicContent = {
        _root: {"t-on-submit": this.onSubmit},
        "#type, #environment, #team": {"t-on-change": this.onChangeCase},
        "input[type=file]": {"t-on-change": this.onChangeFiles},
        "#subject": {"t-on-input": this.debounced(this.onInputTitle, 600)},
    };

    start() {
        const invalid = this.el.querySelector("[aria-invalid=true]");
        if (invalid) {
            invalid.focus();
        }
    }

    getQuestions() {
        return [...this.el.querySelectorAll(".o_intake_question")];
    }

    getInputs(question) {
        return [...question.querySelectorAll("input, select, textarea")].filter(
            (input) => input.name === question.dataset.name
        );
    }

    setError(question, sentence) {
        const error = question.querySelector(`#${question.dataset.name}_error`);
        error.textContent = sentence;
        error.classList.toggle("d-block", Boolean(sentence));
        for (const input of this.getInputs(question)) {
            input.setAttribute("aria-invalid", sentence ? "true" : "false");
            input.classList.toggle("is-invalid", Boolean(sentence));
        }
    }

    isAnswered(question) {
        const inputs = this.getInputs(question);
        const {kind} = question.dataset;
        if (kind === "image") {
            return (
                inputs.some((input) => input.files.length) ||
                Boolean(question.querySelector("input[name^=kept_]:checked"))
            );
        }
        if (kind === "confirm" || kind === "boolean") {
            return inputs.some((input) => input.checked);
        }
        return inputs.some((input) => input.value.trim());
    }

    onSubmit(ev) {
        let first = null;
        for (const question of this.getQuestions()) {
            const sentence = (question.dataset.missing || "").trim();
            if (!sentence) {
                continue;
            }
            const isMissing = !this.isAnswered(question);
            this.setError(question, isMissing ? sentence : "");
            if (isMissing && !first) {
                first = this.getInputs(question)[0];
            }
        }
        if (first) {
            ev.preventDefault();
            this.el.querySelector(".o_intake_alert").classList.remove("d-none");
            first.focus();
            return;
        }
        const button = this.el.querySelector("button[type=submit]");
        button.disabled = true;
    }

    /** Refuse at once what the server would refuse: too large, too many, videos. */
    onChangeFiles(ev) {
        const input = ev.currentTarget;
        const question = input.closest(".o_intake_question");
        const maxBytes = parseInt(input.dataset.maxBytes, 10);
        const maxFiles = parseInt(input.dataset.maxFiles, 10);
        const sentences = [];
        const taken = new DataTransfer();
        for (const file of input.files) {
            if (file.type.startsWith("video/")) {
                sentences.push(
                    _t(
                        "“%s” is a video: attach screenshots of the full screen instead.",
                        file.name
                    )
                );
            } else if (file.size > maxBytes) {
                sentences.push(
                    _t(
                        "“%(name)s” is larger than %(size)s MB: attach a smaller file.",
                        {
                            name: file.name,
                            size: Math.floor(maxBytes / 2 ** 20),
                        }
                    )
                );
            } else if (taken.files.length >= maxFiles) {
                sentences.push(
                    _t("Attach %s files at most: the others were left out.", maxFiles)
                );
                break;
            } else {
                taken.items.add(file);
            }
        }
        if (taken.files.length !== input.files.length) {
            input.files = taken.files;
        }
        this.setError(question, sentences.join(" "));
    }

    /** Another type or environment asks other questions; what was typed stays. */
    async onChangeCase() {
        const container = this.el.querySelector("#intake_questions");
        if (!container) {
            return;
        }
        const query = new URLSearchParams();
        for (const name of ["type", "environment", "team"]) {
            const select = this.el.querySelector(`#${name}`);
            if (select) {
                query.set(name, select.value);
            }
        }
        const answer = await this.waitFor(
            fetch(`${this.el.dataset.questions}?${query}`)
        );
        if (!answer.ok || answer.redirected) {
            return;
        }
        const page = new DOMParser().parseFromString(
            await this.waitFor(answer.text()),
            "text/html"
        );
        const typed = [...container.querySelectorAll("[name]")];
        this.typed = {...this.typed};
        for (const input of typed) {
            if (input.type === "file" || input.name.startsWith("kept_")) {
                continue;
            }
            if (input.type === "checkbox" || input.type === "radio") {
                if (input.checked) {
                    this.typed[input.name] = input.value;
                }
            } else {
                this.typed[input.name] = input.value;
            }
        }
        const files = container.querySelectorAll("input[type=file]");
        container.replaceChildren(...page.body.childNodes);
        for (const input of container.querySelectorAll("[name]")) {
            const value = this.typed[input.name];
            if (value === undefined || input.type === "file") {
                continue;
            }
            if (input.type === "checkbox" || input.type === "radio") {
                input.checked = input.value === value;
            } else {
                input.value = value;
            }
        }
        for (const old of files) {
            const fresh = container.querySelector(`[name="${old.name}"]`);
            if (fresh) {
                fresh.files = old.files;
            }
        }
        this.updateContent();
    }

    /** Show the open tickets of the customer that say the same. */
    async onInputTitle() {
        const place = this.el.querySelector(".o_intake_similar");
        const title = this.el.querySelector("#subject").value.trim();
        if (!place || !this.el.dataset.similar) {
            return;
        }
        const tickets =
            title.length < 8
                ? []
                : await this.waitFor(rpc(this.el.dataset.similar, {title}));
        place.replaceChildren();
        if (!tickets.length) {
            return;
        }
        const text = document.createElement("p");
        text.className = "small mb-1 mt-2";
        text.textContent = _t("These open tickets of yours look similar:");
        const list = document.createElement("ul");
        list.className = "small mb-0";
        for (const ticket of tickets) {
            const link = document.createElement("a");
            link.href = ticket.url;
            link.target = "_blank";
            link.textContent = ticket.name;
            const item = document.createElement("li");
            item.append(link, ` (${ticket.stage})`);
            list.append(item);
        }
        place.append(text, list);
    }
}

registry.category("public.interactions").add("helpdesk_intake.form", IntakeForm);
