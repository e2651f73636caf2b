/** Asks before a day's auction is cleared ahead of its time. */
import { html, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { api } from "../api";
import type { GateMoved, OpenDay } from "../messages.generated";
import { ActDialog } from "./act-dialog";

@customElement("close-gate-dialog")
export class CloseGateDialog extends ActDialog<GateMoved> {
  @property({ attribute: false }) day!: OpenDay;

  protected override heading(): string {
    return this.t("close_gate.title", { day: this.format.dayShort(this.day.day) });
  }

  protected override body(): TemplateResult {
    const { t, format, day } = this;
    return html`<ul>
      <li>${t("close_gate.now", { time: format.time(day.gate_at) })}</li>
      <li>${t("close_gate.books", { books: day.books, members: day.members })}</li>
      <li>${t("close_gate.final")}</li>
    </ul>`;
  }

  protected override verb(): string {
    return this.t("close_gate.verb");
  }

  protected override async act(): Promise<GateMoved> {
    const moved = await api.closeGate(this.day.day);
    this.announce(this.t("close_gate.done", { day: this.format.dayShort(moved.day) }));
    return moved;
  }
}
