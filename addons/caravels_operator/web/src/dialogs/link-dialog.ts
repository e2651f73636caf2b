/** Makes a pairing link and shows it: as text to copy, as a code to scan, with the time that is left. */
import { css, html, nothing, svg, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { encode } from "uqr";
import { api } from "../api";
import { PanelElement } from "../components/element";
import { icon } from "../components/icons";
import "../components/modal-dialog";
import { problemNote } from "../components/page-frame";
import { countdown } from "../format";
import type { Link } from "../messages.generated";
import { surroundings } from "../surroundings";
import { actStyles } from "./act-dialog";

@customElement("link-dialog")
export class LinkDialog extends PanelElement {
  static override styles = [
    ...[PanelElement.styles].flat(),
    ...actStyles,
    css`
      .code {
        display: grid;
        place-items: center;
        min-height: 264px;
      }
      .code svg {
        width: 264px;
        height: 264px;
        border-radius: var(--radius-small);
      }
      .paste {
        display: flex;
        gap: var(--space-2);
      }
      .paste input {
        font-family: ui-monospace, monospace;
        font-size: var(--size-small);
      }
      .left {
        font-weight: 600;
        text-align: center;
      }
      .left.over {
        color: var(--bad);
      }
    `,
  ];

  @property() member = "";
  @state() private link: Link | undefined;
  @state() private problem: unknown;
  @state() private copied = false;
  private ticking: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.ticking = setInterval(() => this.requestUpdate(), 1_000);
    void this.make();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.ticking);
  }

  protected override render(): TemplateResult {
    const { t, link } = this;
    return html`<modal-dialog .heading=${t("link.title", { member: this.member })} @close=${this.leave}>
      <div class="body">
        ${this.problem === undefined ? nothing : problemNote(this.problem, () => void this.make())}
        ${link ? this.shown(link) : html`<div class="code" role="status">${this.problem === undefined ? t("page.loading") : nothing}</div>`}
      </div>
    </modal-dialog>`;
  }

  private shown(link: Link): TemplateResult {
    const { t } = this;
    const left = link.expires_at - surroundings.now();
    return html`
      <p>${t("link.how")}</p>
      <div class="code">
        ${left > 0 ? qrCode(link.link, t("link.code")) : html`<button class="primary" @click=${this.make}>${t("link.again")}</button>`}
      </div>
      <p class="left figures ${left > 0 ? "" : "over"}" role="timer">
        ${left > 0 ? t("link.left", { time: countdown(left) }) : t("link.over")}
      </p>
      <div class="paste">
        <input
          readonly
          aria-label=${t("link.text")}
          .value=${link.link}
          @focus=${(event: Event) => (event.target as HTMLInputElement).select()}
        />
        <button class="primary" ?disabled=${left <= 0} @click=${() => this.copy(link.link)}>
          ${icon(this.copied ? "check" : "copy", 18)} ${this.copied ? t("link.copied") : t("link.copy")}
        </button>
      </div>
      <p class="hint">${t("link.once")}</p>
    `;
  }

  private async make(): Promise<void> {
    this.problem = undefined;
    this.copied = false;
    try {
      this.link = await api.link(this.member);
    } catch (error) {
      this.problem = error;
    }
  }

  private async copy(text: string): Promise<void> {
    this.copied = await copyText(text, this.renderRoot.querySelector("input"));
    if (this.copied) this.announce(this.t("link.copied"));
  }

  private leave(): void {
    this.dispatchEvent(new CustomEvent("close"));
  }
}

/** The clipboard is not there over plain HTTP, which is how ingress may be opened: then the field itself is copied. */
async function copyText(text: string, field: HTMLInputElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    field?.select();
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way without a secure context
    return document.execCommand("copy");
  }
}

/** Dark on light in either theme: many cameras read nothing else. */
function qrCode(text: string, label: string): TemplateResult {
  const { data, size } = encode(text, { ecc: "M", border: 3 });
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  return html`<svg role="img" aria-label=${label} viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges">
    ${svg`<rect width=${size} height=${size} fill="#fff" /><path d=${path} fill="#0b1a22" />`}
  </svg>`;
}
