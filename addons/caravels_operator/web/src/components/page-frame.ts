/** What a page shows while its data are awaited, when they did not come, and above what is not fresh. */
import { html, nothing, type TemplateResult } from "lit";
import type { Resource } from "../resource";
import { surroundings } from "../surroundings";
import { icon } from "./icons";

export function framed<T extends object>(resource: Resource<T>, content: (value: T) => TemplateResult): TemplateResult {
  const { value, problem } = resource;
  return html`
    ${problem === undefined ? nothing : problemNote(problem, () => void resource.reload())}
    ${value ? content(value) : problem === undefined ? skeleton() : nothing}
  `;
}

export function problemNote(problem: unknown, retry?: () => void): TemplateResult {
  const { t } = surroundings;
  return html`<div class="note bad" role="alert">
    ${icon("warning")}
    <p>${surroundings.sentenceOf(problem)}</p>
    ${retry ? html`<button @click=${retry}>${t("page.retry")}</button>` : nothing}
  </div>`;
}

function skeleton(): TemplateResult {
  return html`<div class="skeleton" role="status">
    <span class="hidden-text">${surroundings.t("page.loading")}</span>
    <div class="bone title"></div>
    <div class="bone tiles"></div>
    <div class="bone picture"></div>
  </div>`;
}
