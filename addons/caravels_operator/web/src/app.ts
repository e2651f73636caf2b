/** The shell: who asks, where one is, whether the panel is live; the pages fill it. */
import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { api } from "./api";
import { shell } from "./app-styles";
import { PanelElement } from "./components/element";
import { icon } from "./components/icons";
import { problemNote } from "./components/page-frame";
import { page } from "./components/page-styles";
import { type Language, LANGUAGES } from "./i18n/translate";
import mark from "./icon.svg";
import { PAGES } from "./pages";
import "./pages/login-page";
import { hashOf, parsePlace, type Place } from "./routes";
import { surroundings } from "./surroundings";

const PATHS = PAGES.map(({ path }) => path);

@customElement("caravels-app")
export class CaravelsApp extends PanelElement {
  static override styles = [...[PanelElement.styles].flat(), page, shell];
  @state() private place: Place = parsePlace(location.hash, PATHS);
  @state() private problem: unknown;
  @state() private said = "";
  private wasKnown = false;
  private unwatch: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener("hashchange", this.moved);
    window.addEventListener("online", hurry);
    document.addEventListener("visibilitychange", hurry);
    this.unwatch = surroundings.stream.onState(() => {
      if (surroundings.stream.state === "away") void this.lookAgain();
    });
    void this.enter();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.unwatch?.();
    window.removeEventListener("hashchange", this.moved);
    window.removeEventListener("online", hurry);
    document.removeEventListener("visibilitychange", hurry);
    surroundings.stream.stop();
  }

  protected override willUpdate(): void {
    const known = surroundings.session?.known ?? false;
    if (known !== this.wasKnown) {
      this.wasKnown = known;
      if (known) surroundings.stream.start();
      else surroundings.stream.stop();
    }
    const title = PAGES.find(({ path }) => path === this.place.page)?.title;
    document.title = [title && this.t(title as "page.market"), surroundings.session?.community]
      .filter(Boolean)
      .join(" · ");
  }

  protected override render(): TemplateResult {
    const { session } = surroundings;
    if (!session) {
      return html`<main class="alone">
        ${this.problem === undefined ? html`<p class="soft" role="status">${this.t("page.loading")}</p>` : problemNote(this.problem, () => void this.enter())}
      </main>`;
    }
    if (!session.known && session.login) return html`<login-page></login-page>`;
    return html`
      <a class="skip" href="#main" @click=${this.skip}>${this.t("page.skip")}</a>
      <header class="top">
        <span class="mark"><img src=${mark} alt="" /></span>
        <strong class="name">${session.community}</strong>
        ${this.live()}
      </header>
      <nav aria-label=${this.t("page.pages")}>
        ${PAGES.map(
          ({ path, title, icon: name }) =>
            html`<a href=${hashOf(path)} aria-current=${path === this.place.page ? "page" : nothing}>
              ${icon(name, 22)} <span>${this.t(title as "page.market")}</span>
            </a>`,
        )}
      </nav>
      <div class="foot">${this.person(session.person, session.login)} ${this.languages()}</div>
      <main id="main" tabindex="-1" @announce=${this.hear}>
        ${PAGES.find(({ path }) => path === this.place.page)?.render(this.place)}
      </main>
      <div class="hidden-text" role="status" aria-live="polite">${this.said}</div>
    `;
  }

  private live(): TemplateResult {
    const { state } = surroundings.stream;
    const tone = { live: "good", connecting: "", away: "warn" }[state];
    return html`<span class="badge live ${tone}" role="status"
      ><span class="dot"></span>${this.t(`live.${state}`)}</span
    >`;
  }

  private person(name: string, mayLeave: boolean): TemplateResult {
    return html`<div class="person">
      <span class="soft">${name}</span>
      ${mayLeave ? html`<button class="quiet" @click=${this.leave}>${icon("leave", 18)} ${this.t("login.leave")}</button>` : nothing}
    </div>`;
  }

  private languages(): TemplateResult {
    return html`<select
      aria-label=${this.t("page.language")}
      @change=${(event: Event) => surroundings.setLanguage((event.target as HTMLSelectElement).value as Language)}
    >
      ${LANGUAGES.map(({ id, name }) => html`<option value=${id} lang=${id} ?selected=${id === surroundings.language}>${name}</option>`)}
    </select>`;
  }

  private readonly moved = (): void => {
    // the skip link's own hash is no place
    if (location.hash !== "#main") this.place = parsePlace(location.hash, PATHS);
  };

  private skip(event: Event): void {
    event.preventDefault();
    this.renderRoot.querySelector<HTMLElement>("#main")?.focus();
  }

  private hear(event: CustomEvent<string>): void {
    this.said = event.detail;
  }

  private async enter(): Promise<void> {
    this.problem = undefined;
    try {
      surroundings.setSession(await api.session());
    } catch (error) {
      this.problem = error;
    }
  }

  /** A stream that does not come back may mean a session that ended: the browser is not told why it was refused. */
  private async lookAgain(): Promise<void> {
    try {
      surroundings.setSession(await api.session());
    } catch {
      // the operator is away: the stream tries again, and so does this
    }
  }

  private async leave(): Promise<void> {
    try {
      surroundings.setSession(await api.logout());
    } catch (error) {
      this.said = surroundings.sentenceOf(error);
    }
  }
}

function hurry(): void {
  if (document.visibilityState === "visible") surroundings.stream.hurry();
}
