/** A dialog that asks or shows: the browser's own, so that focus stays inside and Escape closes it. */
import { css, html, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { PanelElement } from "./element";
import { icon } from "./icons";

/** Fires `close` when it was left in any way. */
@customElement("modal-dialog")
export class ModalDialog extends PanelElement {
  static override styles = [
    ...[PanelElement.styles].flat(),
    css`
      dialog {
        width: min(560px, calc(100vw - 2 * var(--space-4)));
        max-height: calc(100dvh - 2 * var(--space-4));
        padding: 0;
        color: var(--text);
        background: var(--surface-raised);
        border: 1px solid var(--line);
        border-radius: var(--radius);
        box-shadow: var(--shadow-raised);
      }
      dialog::backdrop {
        background: rgb(6 14 20 / 55%);
      }
      header {
        position: sticky;
        top: 0;
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: var(--space-4);
        padding: var(--space-4) var(--space-3) var(--space-3) var(--space-5);
        background: inherit;
        z-index: 1;
      }
      .body {
        padding: 0 var(--space-5) var(--space-5);
      }
      .close {
        padding: 0 var(--space-2);
        color: var(--text-soft);
      }
      @media (max-width: 720px) {
        header {
          padding-left: var(--space-4);
        }
        .body {
          padding: 0 var(--space-4) var(--space-4);
        }
      }
    `,
  ];

  @property() heading = "";
  @query("dialog") private readonly dialog!: HTMLDialogElement;

  protected override firstUpdated(): void {
    this.dialog.showModal();
  }

  protected override render(): TemplateResult {
    return html`<dialog aria-labelledby="heading" @close=${this.left}>
      <header>
        <h2 id="heading">${this.heading}</h2>
        <button
          class="quiet close"
          type="button"
          aria-label=${this.t("dialog.close")}
          @click=${() => this.dialog.close()}
        >
          ${icon("close")}
        </button>
      </header>
      <div class="body"><slot></slot></div>
    </dialog>`;
  }

  private left(): void {
    this.dispatchEvent(new CustomEvent("close"));
  }
}
