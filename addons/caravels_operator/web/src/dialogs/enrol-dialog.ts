/** Takes a new member in: its pseudonym, connection and tariff, and who it is, sealed apart. */
import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { api } from "../api";
import { civilDay } from "../format";
import type { MemberRow, Members, Tariff } from "../messages.generated";
import { newMemberOf, type TariffChoice } from "../enrolment";
import { surroundings } from "../surroundings";
import { tariffFromFile } from "../tariff";
import { ActDialog } from "./act-dialog";

@customElement("enrol-dialog")
export class EnrolDialog extends ActDialog<MemberRow> {
  static override styles = [
    ...ActDialog.styles,
    css`
      fieldset {
        display: grid;
        gap: var(--space-3);
        grid-template-columns: repeat(2, minmax(0, 1fr));
      }
      fieldset + fieldset {
        padding-top: var(--space-4);
        border-top: 1px solid var(--line);
      }
      legend {
        float: left; /* else it would stand in the fieldset's border */
        grid-column: 1 / -1;
        padding: 0;
        font-weight: 600;
      }
      .wide {
        grid-column: 1 / -1;
      }
      label,
      .field {
        display: grid;
        gap: var(--space-1);
        align-content: start;
      }
      .hours {
        flex-wrap: nowrap;
      }
      .hours label {
        flex: 1 1 0;
        min-width: 0;
      }
      .hours input {
        padding: 0 var(--space-1);
      }
      @media (max-width: 480px) {
        fieldset {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  @property({ attribute: false }) known: Members = { members: [], tariffs: [], retailers: [], zones: [] };
  @state() private chosen: TariffChoice | undefined;
  private fileTariff: Tariff | undefined;

  private get choice(): TariffChoice {
    return this.chosen ?? (this.known.tariffs.length ? "known" : "new");
  }

  protected override heading(): string {
    return this.t("enrol.title");
  }

  protected override verb(): string {
    return this.t("enrol.verb");
  }

  protected override body(): TemplateResult {
    const { t } = this;
    return html`
      <fieldset>
        <legend>${t("enrol.home")}</legend>
        <div class="field">
          <label>
            ${t("enrol.id")}
            <input
              aria-describedby="id-hint"
              name="id"
              required
              pattern="[a-z0-9][a-z0-9_\\-]{0,31}"
              autocomplete="off"
              autocapitalize="none"
              spellcheck="false"
            />
          </label>
          <p class="hint" id="id-hint">${t("enrol.id_hint")}</p>
        </div>
        <div class="field">
          <label>
            ${t("enrol.connection")}
            <input
              aria-describedby="connection-hint"
              name="connection_w"
              type="number"
              required
              min="1"
              max="1000000"
              step="1"
              value="6900"
              inputmode="numeric"
            />
          </label>
          <p class="hint" id="connection-hint">${t("enrol.connection_hint")}</p>
        </div>
        <label>
          ${t("enrol.zone")}
          <input name="zone" maxlength="64" list="zones" autocomplete="off" />
          <datalist id="zones">${this.known.zones.map((zone) => html`<option value=${zone}></option>`)}</datalist>
        </label>
        <label class="check"><input type="checkbox" name="green" /> ${t("enrol.green")}</label>
      </fieldset>
      <fieldset>
        <legend>${t("enrol.tariff")}</legend>
        <label>
          ${t("enrol.retailer")}
          <input name="retailer" required maxlength="64" list="retailers" autocomplete="off" />
          <datalist id="retailers">
            ${this.known.retailers.map((name) => html`<option value=${name}></option>`)}
          </datalist>
        </label>
        <label>
          ${t("enrol.tariff_choice")}
          <select
            @change=${(event: Event) => (this.chosen = (event.target as HTMLSelectElement).value as TariffChoice)}
          >
            ${(["known", "new", "file"] as const).map(
              (choice) =>
                html`<option
                  value=${choice}
                  ?selected=${choice === this.choice}
                  ?disabled=${choice === "known" && !this.known.tariffs.length}
                >
                  ${t(`enrol.tariff_${choice}`)}
                </option>`,
            )}
          </select>
        </label>
        ${this.tariffFields()}
      </fieldset>
      <fieldset>
        <legend>${t("enrol.person")}</legend>
        <p class="hint wide">${t("enrol.person_hint")}</p>
        <label>${t("enrol.name")}<input name="name" maxlength="200" autocomplete="off" /></label>
        <label>${t("enrol.contact")}<input name="contact" maxlength="200" autocomplete="off" /></label>
        <label class="wide"
          >${t("enrol.metering_point")}<input name="metering_point" maxlength="200" autocomplete="off"
        /></label>
      </fieldset>
    `;
  }

  private tariffFields(): TemplateResult | typeof nothing {
    const { t } = this;
    const unit = this.format.priceUnit;
    const money = (name: string, label: string, required: boolean): TemplateResult =>
      html`<label
        >${label}<input
          name=${name}
          type="number"
          ?required=${required}
          min="-100"
          max="100"
          step="0.000001"
          inputmode="decimal"
      /></label>`;
    const percent = (name: string, label: string, value: number): TemplateResult =>
      html`<label
        >${label}<input
          name=${name}
          type="number"
          required
          min="0"
          max="100"
          step="0.01"
          value=${value}
          inputmode="decimal"
      /></label>`;
    if (this.choice === "known") {
      return html`<label class="wide">
        ${t("enrol.tariff_name")}
        <select name="tariff" required>
          ${this.known.tariffs.map((name) => html`<option>${name}</option>`)}
        </select>
      </label>`;
    }
    if (this.choice === "file") {
      return html`<div class="field wide">
        <label>
          ${t("enrol.file")}
          <input
            aria-describedby="file-hint"
            type="file"
            required
            accept="application/json,.json"
            @change=${this.readFile}
          />
        </label>
        <p class="hint" id="file-hint">${t("enrol.file_hint")}</p>
      </div>`;
    }
    return html`
      <label
        >${t("enrol.tariff_name")}<input
          name="tariff_name"
          required
          maxlength="64"
          autocomplete="off"
          @input=${this.refuseKnownName}
      /></label>
      <label
        >${t("enrol.valid_from")}<input name="valid_from" type="date" required value=${this.firstOfYear()}
      /></label>
      ${money("price", t("enrol.price", { unit }), true)} ${money("feed_in", t("enrol.feed_in", { unit }), true)}
      ${money("other_price", t("enrol.other_price", { unit }), false)}
      <div class="row hours">
        <label>${t("enrol.other_from")}<input name="other_from" type="time" value="08:00" /></label>
        <label>${t("enrol.other_until")}<input name="other_until" type="time" value="22:00" /></label>
      </div>
      ${percent("vat", t("enrol.vat"), 23)} ${percent("avoided", t("enrol.avoided"), 90)}
      <p class="hint wide">${t("enrol.tariff_hint")}</p>
    `;
  }

  private firstOfYear(): string {
    return `${civilDay(surroundings.now(), this.format.zone).slice(0, 4)}-01-01`;
  }

  /** A tariff of a known name would be that one's new version, for every member that has it. */
  private refuseKnownName(event: Event): void {
    const field = event.target as HTMLInputElement;
    field.setCustomValidity(this.known.tariffs.includes(field.value.trim()) ? this.t("enrol.tariff_name_taken") : "");
  }

  private async readFile(event: Event): Promise<void> {
    const field = event.target as HTMLInputElement;
    const text = await field.files?.[0]?.text();
    this.fileTariff = text === undefined ? undefined : tariffFromFile(text);
    field.setCustomValidity(text !== undefined && !this.fileTariff ? this.t("enrol.file_wrong") : "");
    field.reportValidity();
  }

  protected override async act(): Promise<MemberRow> {
    const form = this.renderRoot.querySelector("form");
    if (!form) throw new Error("the form is gone");
    const member = await api.enrol(newMemberOf(new FormData(form), this.choice, this.fileTariff));
    this.announce(this.t("enrol.done", { member: member.id }));
    return member;
  }
}
