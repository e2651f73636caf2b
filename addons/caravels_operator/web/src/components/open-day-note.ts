/** A day whose auction can still be bid for: when it closes, who has bid, and the button that closes it. */
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { OpenDay } from "../messages.generated";
import { surroundings } from "../surroundings";
import { PanelElement } from "./element";
import { icon } from "./icons";
import { page } from "./page-styles";

const TICK_MS = 1_000;

/** Fires `closegate` when the button is pressed. */
@customElement("open-day-note")
export class OpenDayNote extends PanelElement {
  static override styles = [...[PanelElement.styles].flat(), page];
  @property({ attribute: false }) day!: OpenDay;
  private ticking: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.ticking = setInterval(() => this.requestUpdate(), TICK_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.ticking);
  }

  protected override render(): TemplateResult {
    const { t, format, day } = this;
    const now = surroundings.now();
    return html`<section class="note">
      ${icon("market")}
      <p>
        <strong>${t("open.title", { day: format.day(day.day) })}</strong><br />
        <span class="soft figures">
          ${
            day.gate_at > now
              ? t("open.gate", { time: format.moment(day.gate_at), ago: format.ago(day.gate_at, now) })
              : t("open.clearing")
          }
          ${t("open.books", { books: day.books, members: day.members })}
        </span>
      </p>
      ${
        surroundings.session?.may_close_gate && day.gate_at > now
          ? html`<button @click=${() => this.dispatchEvent(new CustomEvent("closegate"))}>${t("open.close")}</button>`
          : nothing
      }
    </section>`;
  }
}
