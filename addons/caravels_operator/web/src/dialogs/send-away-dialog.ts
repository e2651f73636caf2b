/** Asks before a member's access ends, or before its personal data are destroyed. */
import { html, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { api } from "../api";
import type { MemberRow } from "../messages.generated";
import { ActDialog } from "./act-dialog";

@customElement("revoke-dialog")
export class RevokeDialog extends ActDialog<MemberRow> {
  @property({ attribute: false }) member!: MemberRow;
  protected override readonly tone = "danger";

  protected override heading(): string {
    return this.t("revoke.title", { member: this.member.id });
  }

  protected override body(): TemplateResult {
    return html`<ul>
      <li>${this.t("revoke.access")}</li>
      <li>${this.t("revoke.trades")}</li>
      <li>${this.t("revoke.final")}</li>
    </ul>`;
  }

  protected override verb(): string {
    return this.t("revoke.verb");
  }

  protected override async act(): Promise<MemberRow> {
    const member = await api.revoke(this.member.id);
    this.announce(this.t("revoke.done", { member: member.id }));
    return member;
  }
}

@customElement("erase-dialog")
export class EraseDialog extends ActDialog<MemberRow> {
  @property({ attribute: false }) member!: MemberRow;
  protected override readonly tone = "danger";

  protected override heading(): string {
    return this.t("erase.title", { member: this.member.id });
  }

  protected override body(): TemplateResult {
    return html`<ul>
      <li>${this.t("erase.data")}</li>
      <li>${this.t("erase.books")}</li>
      <li>${this.t("erase.backups")}</li>
    </ul>`;
  }

  protected override verb(): string {
    return this.t("erase.verb");
  }

  protected override async act(): Promise<MemberRow> {
    const member = await api.erase(this.member.id);
    this.announce(this.t("erase.done", { member: member.id }));
    return member;
  }
}
