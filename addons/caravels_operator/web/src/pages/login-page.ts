/** The login of a panel that stands alone; inside Home Assistant there is none. */
import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { api } from "../api";
import { PanelElement } from "../components/element";
import { problemNote } from "../components/page-frame";
import { page } from "../components/page-styles";
import { fieldText } from "../form";
import mark from "../icon.svg";
import { surroundings } from "../surroundings";

@customElement("login-page")
export class LoginPage extends PanelElement {
  static override styles = [
    ...[PanelElement.styles].flat(),
    page,
    css`
      :host {
        display: grid;
        place-items: center;
        min-height: 100dvh;
        padding: var(--space-4);
      }
      form {
        width: min(380px, 100%);
        display: grid;
        gap: var(--space-4);
      }
      img {
        width: 48px;
        height: 48px;
      }
      header {
        display: grid;
        gap: var(--space-1);
      }
    `,
  ];
  @state() private busy = false;
  @state() private problem: unknown;

  protected override render(): TemplateResult {
    const { t } = this;
    return html`<main>
      <form class="card" @submit=${this.submit}>
        <header>
          <img src=${mark} alt="" />
          <h1>${surroundings.session?.community ?? "CARAVELS"}</h1>
          <p class="soft">${t("login.lead")}</p>
        </header>
        <label>${t("login.name")}<input name="name" required autocomplete="username" autocapitalize="none" /></label>
        <label
          >${t("login.password")}<input name="password" type="password" required autocomplete="current-password"
        /></label>
        ${this.problem === undefined ? nothing : problemNote(this.problem)}
        <button class="primary" ?disabled=${this.busy}>${t("login.verb")}</button>
      </form>
    </main>`;
  }

  private async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    this.busy = true;
    this.problem = undefined;
    try {
      surroundings.setSession(
        await api.login({ name: fieldText(data, "name"), password: fieldText(data, "password") }),
      );
    } catch (error) {
      this.problem = error;
    } finally {
      this.busy = false;
    }
  }
}
