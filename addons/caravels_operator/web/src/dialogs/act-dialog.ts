/** A dialog that asks before an act: says what will happen, does it, and stays open with the reason if it is refused. */
import { css, html, nothing, type TemplateResult } from "lit";
import { state } from "lit/decorators.js";
import { PanelElement } from "../components/element";
import { problemNote } from "../components/page-frame";
import { page } from "../components/page-styles";
import "../components/modal-dialog";

export const actStyles = [
  page,
  css`
    :host {
      display: contents;
    }
    .body {
      display: grid;
      gap: var(--space-4);
    }
    ul {
      margin: 0;
      padding-left: 1.2em;
      display: grid;
      gap: var(--space-1);
    }
    .acts {
      display: flex;
      flex-wrap: wrap;
      justify-content: flex-end;
      gap: var(--space-2);
      margin-top: var(--space-2);
    }
    @media (max-width: 480px) {
      .acts button {
        flex: 1;
      }
    }
  `,
];

/** Fires `close` when it is done with, and `done` before it with the answer when the act succeeded. */
export abstract class ActDialog<Answer> extends PanelElement {
  static override styles = [...[PanelElement.styles].flat(), ...actStyles];
  @state() private busy = false;
  @state() private problem: unknown;

  protected abstract heading(): string;
  protected abstract body(): TemplateResult;
  protected abstract verb(): string;
  protected abstract act(): Promise<Answer>;
  protected readonly tone: "primary" | "danger" = "primary";

  protected override render(): TemplateResult {
    return html`<modal-dialog .heading=${this.heading()} @close=${this.leave}>
      <form class="body" @submit=${this.submit}>
        ${this.body()} ${this.problem === undefined ? nothing : problemNote(this.problem)}
        <div class="acts">
          <button type="button" @click=${this.leave}>${this.t("dialog.cancel")}</button>
          <button class=${this.tone} ?disabled=${this.busy}>${this.busy ? this.t("dialog.busy") : this.verb()}</button>
        </div>
      </form>
    </modal-dialog>`;
  }

  protected leave(): void {
    this.dispatchEvent(new CustomEvent("close"));
  }

  private async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.busy) return;
    this.busy = true;
    this.problem = undefined;
    try {
      this.dispatchEvent(new CustomEvent<Answer>("done", { detail: await this.act() }));
      this.leave();
    } catch (error) {
      this.problem = error;
    } finally {
      this.busy = false;
    }
  }
}
