/** All that is known of a member, and what can be done about it. */
import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { PanelElement } from "../components/element";
import { icon } from "../components/icons";
import { memberBadge } from "../components/member-badge";
import "../components/modal-dialog";
import type { MemberRow } from "../messages.generated";
import { surroundings } from "../surroundings";
import { actStyles } from "./act-dialog";

export type MemberAct = "link" | "revoke" | "erase";

/** Fires `act` with what was chosen, and `close`. */
@customElement("member-dialog")
export class MemberDialog extends PanelElement {
  static override styles = [
    ...[PanelElement.styles].flat(),
    ...actStyles,
    css`
      dl {
        display: grid;
        grid-template-columns: max-content minmax(0, 1fr);
        gap: var(--space-1) var(--space-5);
      }
      dt {
        color: var(--text-soft);
      }
      dd {
        overflow-wrap: anywhere;
      }
      .acts {
        justify-content: flex-start;
        padding-top: var(--space-4);
        border-top: 1px solid var(--line);
      }
      .acts .hint {
        flex-basis: 100%;
      }
    `,
  ];

  @property({ attribute: false }) member!: MemberRow;

  protected override render(): TemplateResult {
    return html`<modal-dialog .heading=${this.member.id} @close=${this.leave}>
      <div class="body">
        <dl class="figures">
          ${this.facts().map(
            ([name, value]) =>
              html`<dt>${name}</dt>
                <dd>${value}</dd>`,
          )}
        </dl>
        ${this.acts()}
      </div>
    </modal-dialog>`;
  }

  private facts(): [name: string, value: string | TemplateResult][] {
    const { t, format, member } = this;
    const moment = (at: number | null): string => (at === null ? t("members.never") : format.moment(at));
    const facts: [string, string | TemplateResult][] = [
      [t("members.state"), memberBadge(member)],
      [t("members.person"), member.person || "–"],
      [t("members.balance"), format.money(member.balance_micro)],
      [t("members.retailer"), member.retailer],
      [t("members.tariff"), member.tariff],
      [t("members.connection"), format.number(member.connection_w / 1_000, 2)],
      [t("members.zone"), member.zone || "–"],
      [t("members.green"), t(member.green ? "word.yes" : "word.no")],
      [t("members.seen"), moment(member.last_seen_at)],
      [t("members.joined"), moment(member.joined_at)],
    ];
    if (member.left_at !== null) facts.push([t("members.left"), moment(member.left_at)]);
    return facts;
  }

  private acts(): TemplateResult | typeof nothing {
    const { t, member } = this;
    const revoked = member.state === "revoked";
    const mayInvite = surroundings.session?.may_invite ?? false;
    if (revoked && !member.has_person) return nothing;
    return html`<div class="acts">
      ${
        revoked
          ? nothing
          : html`<button class="primary" ?disabled=${!mayInvite} @click=${() => this.choose("link")}>
                ${icon("link", 18)} ${t("members.link")}
              </button>
              <button @click=${() => this.choose("revoke")}>${t("members.revoke")} …</button>`
      }
      ${member.has_person ? html`<button @click=${() => this.choose("erase")}>${t("members.erase")} …</button>` : nothing}
      ${revoked || mayInvite ? nothing : html`<p class="hint">${t("error.addresses_missing")}</p>`}
    </div>`;
  }

  private choose(act: MemberAct): void {
    this.dispatchEvent(new CustomEvent<MemberAct>("act", { detail: act }));
  }

  private leave(): void {
    this.dispatchEvent(new CustomEvent("close"));
  }
}
