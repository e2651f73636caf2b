/** What every component of the panel is: it speaks the person's language and follows its changes. */
import { type CSSResultGroup, LitElement } from "lit";
import type { Formats } from "../format";
import type { Translate } from "../i18n/translate";
import { surroundings } from "../surroundings";
import { base, controls } from "./styles";

export abstract class PanelElement extends LitElement {
  static override styles: CSSResultGroup = [base, controls];
  private unsubscribe: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.unsubscribe = surroundings.onChange(() => this.requestUpdate());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.unsubscribe?.();
  }

  protected get t(): Translate {
    return surroundings.t;
  }

  protected get format(): Formats {
    return surroundings.format;
  }

  /** Say something once to who listens instead of looking. */
  protected announce(text: string): void {
    this.dispatchEvent(new CustomEvent("announce", { detail: text, bubbles: true, composed: true }));
  }
}
