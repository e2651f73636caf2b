/** Members: who belongs to the community, whose home is there, and what can be done about it. */
import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { api } from "../api";
import "../components/data-table";
import type { Column, FileColumn } from "../components/data-table";
import { PanelElement } from "../components/element";
import { icon } from "../components/icons";
import { LINK_STATES, memberBadge } from "../components/member-badge";
import { framed } from "../components/page-frame";
import { page } from "../components/page-styles";
import { csvInstant, type CsvValue } from "../csv";
import "../dialogs/enrol-dialog";
import "../dialogs/link-dialog";
import "../dialogs/member-dialog";
import type { MemberAct } from "../dialogs/member-dialog";
import "../dialogs/send-away-dialog";
import { linkState } from "../link-state";
import type { MemberRow, Members } from "../messages.generated";
import { Resource } from "../resource";
import { surroundings } from "../surroundings";

type Shown = { dialog: "enrol" } | { dialog: "member" | MemberAct; member: MemberRow };

@customElement("members-page")
export class MembersPage extends PanelElement {
  static override styles = [...[PanelElement.styles].flat(), page];
  @state() private shown: Shown | undefined;
  private readonly members = new Resource(this, (signal) => api.members(signal), ["members"]);

  protected override render(): TemplateResult {
    return html`${framed(this.members, (members) => this.content(members))} ${this.dialog()}`;
  }

  private content(members: Members): TemplateResult {
    const { t } = this;
    const here = members.members.filter(({ state }) => state !== "revoked");
    const online = here.filter((member) => member.online).length;
    return html`
      <div class="bar">
        <header class="lead" aria-live="polite">
          <h1>${here.length ? t("members.lead", { online: online, all: here.length }) : t("members.none")}</h1>
          ${surroundings.session?.may_invite === false ? html`<p class="soft">${t("error.addresses_missing")}</p>` : nothing}
        </header>
        <button class="primary" @click=${() => (this.shown = { dialog: "enrol" })}>
          ${icon("add", 18)} ${t("members.enrol")}
        </button>
      </div>
      <section class="card">
        <data-table
          .caption=${t("members.title")}
          .empty=${t("members.empty")}
          file="members"
          .columns=${this.columns()}
          .rows=${members.members}
          .actions=${(member: MemberRow) => this.actions(member)}
        ></data-table>
      </section>
    `;
  }

  private actions(member: MemberRow): TemplateResult {
    return html`<button
      class="quiet"
      aria-label=${this.t("members.manage_one", { member: member.id })}
      @click=${() => (this.shown = { dialog: "member", member })}
    >
      ${this.t("members.manage")}
    </button>`;
  }

  private dialog(): TemplateResult | typeof nothing {
    const { shown } = this;
    if (!shown) return nothing;
    const close = (): void => {
      if (this.shown === shown) this.shown = undefined;
    };
    if (shown.dialog === "enrol") {
      return html`<enrol-dialog .known=${this.members.value} @done=${this.enrolled} @close=${close}></enrol-dialog>`;
    }
    const { member } = shown;
    const fresh = (): void => void this.members.reload();
    const chosen = (event: CustomEvent<MemberAct>): void => void (this.shown = { dialog: event.detail, member });
    return {
      member: html`<member-dialog .member=${member} @act=${chosen} @close=${close}></member-dialog>`,
      link: html`<link-dialog .member=${member.id} @close=${close}></link-dialog>`,
      revoke: html`<revoke-dialog .member=${member} @done=${fresh} @close=${close}></revoke-dialog>`,
      erase: html`<erase-dialog .member=${member} @done=${fresh} @close=${close}></erase-dialog>`,
    }[shown.dialog];
  }

  /** Who was taken in needs a link next. */
  private enrolled(event: CustomEvent<MemberRow>): void {
    void this.members.reload();
    this.shown = surroundings.session?.may_invite === false ? undefined : { dialog: "link", member: event.detail };
  }

  private columns(): (Column<MemberRow> | FileColumn<MemberRow>)[] {
    const { t, format } = this;
    const text = (key: "person" | "retailer" | "tariff" | "zone", label: string): Column<MemberRow> => ({
      key,
      label,
      value: (member) => member[key],
      cell: (member) => member[key] || html`<span class="soft">–</span>`,
    });
    /** In the file; on the page it stands in the member's own dialog. */
    const filed = (key: string, value: (member: MemberRow) => CsvValue): FileColumn<MemberRow> => ({ key, value });
    return [
      { key: "id", label: t("members.id"), value: ({ id }) => id, cell: ({ id }) => id, header: true },
      {
        key: "state",
        label: t("members.state"),
        value: (member) => linkState(member, surroundings.now()),
        order: (member) => LINK_STATES.indexOf(linkState(member, surroundings.now())),
        cell: memberBadge,
      },
      {
        key: "last_seen_at",
        label: t("members.seen"),
        value: ({ last_seen_at }) => csvInstant(last_seen_at),
        cell: ({ last_seen_at: at }) => (at === null ? t("members.never") : format.moment(at)),
      },
      text("person", t("members.person")),
      {
        key: "balance_micro",
        label: t("members.balance"),
        value: ({ balance_micro }) => balance_micro,
        cell: ({ balance_micro }) => format.money(balance_micro),
        numeric: true,
      },
      text("retailer", t("members.retailer")),
      text("tariff", t("members.tariff")),
      {
        key: "connection_w",
        label: t("members.connection"),
        value: ({ connection_w }) => connection_w,
        cell: ({ connection_w }) => format.number(connection_w / 1_000, 2),
        numeric: true,
      },
      filed("zone", ({ zone }) => zone),
      filed("green", ({ green }) => green),
      filed("joined_at", ({ joined_at }) => csvInstant(joined_at)),
      filed("left_at", ({ left_at }) => csvInstant(left_at)),
    ];
  }
}
