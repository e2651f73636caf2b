/** A table of rows: sorted by a click on a heading, exported as CSV, scrolled sideways in its own frame. */
import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { type CsvValue, csvText, download } from "../csv";
import { PanelElement } from "./element";
import { icon } from "./icons";

/** What the exported file holds of a row. */
export interface FileColumn<Row> {
  /** Heading in the file: the quantity's name with its unit. */
  key: string;
  value: (row: Row) => CsvValue;
}

/** What the page shows too. */
export interface Column<Row> extends FileColumn<Row> {
  label: string;
  /** What is sorted by, if it is not the file's value. */
  order?: (row: Row) => CsvValue;
  /** What is shown. */
  cell: (row: Row) => TemplateResult | string;
  numeric?: boolean;
  /** The cell that names its row. */
  header?: boolean;
}

/** What people do with a row: shown in its last cell, not exported. */
export type RowActions<Row> = (row: Row) => TemplateResult;

@customElement("data-table")
export class DataTable<Row = unknown> extends PanelElement {
  static override styles = [
    ...[PanelElement.styles].flat(),
    css`
      .head {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: var(--space-2) var(--space-4);
        margin-bottom: var(--space-3);
      }
      .frame {
        position: relative; /* else its hidden texts would widen the page */
        overflow-x: auto;
        margin: 0 calc(-1 * var(--space-5));
        padding: 0 var(--space-5);
      }
      table {
        width: 100%;
        border-collapse: collapse;
        font-variant-numeric: tabular-nums;
      }
      th,
      td {
        padding: var(--space-2) var(--space-3);
        text-align: left;
        white-space: nowrap;
        border-bottom: 1px solid var(--line);
      }
      tbody tr:last-child > * {
        border-bottom: 0;
      }
      tbody tr:hover > * {
        background: var(--surface-sunken);
      }
      th:first-child,
      td:first-child {
        padding-left: 0;
      }
      th:last-child,
      td:last-child {
        padding-right: 0;
      }
      thead th {
        padding-top: 0;
        padding-bottom: 0;
        font-size: var(--size-small);
        color: var(--text-soft);
      }
      tbody th {
        font-weight: 600;
      }
      .numeric {
        text-align: right;
      }
      .sort {
        min-height: 36px;
        padding: 0;
        border: 0;
        background: none;
        font-weight: 550;
        color: inherit;
      }
      .numeric .sort {
        flex-direction: row-reverse;
      }
      .sort:hover {
        color: var(--text);
        background: none;
      }
      .arrow {
        width: 10px;
        visibility: hidden;
      }
      [aria-sort] .arrow {
        visibility: visible;
      }
      .empty {
        padding: var(--space-5) 0;
        color: var(--text-soft);
      }
      td.acts {
        padding-top: 2px;
        padding-bottom: 2px;
        position: sticky;
        right: calc(-1 * var(--space-5));
        text-align: right;
        background: var(--surface);
      }
      @media (max-width: 720px) {
        .acts {
          right: calc(-1 * var(--space-4));
        }
        .frame {
          margin: 0 calc(-1 * var(--space-4));
          padding: 0 var(--space-4);
        }
        tbody th {
          position: sticky;
          left: calc(-1 * var(--space-4));
          background: var(--surface);
        }
      }
    `,
  ];

  @property() caption = "";
  /** Name of the exported file, without its ending. */
  @property() file = "table";
  @property() empty = "";
  @property({ attribute: false }) columns: readonly (Column<Row> | FileColumn<Row>)[] = [];
  @property({ attribute: false }) rows: readonly Row[] = [];
  @property({ attribute: false }) actions: RowActions<Row> | undefined;
  @state() private sortKey = "";
  @state() private descending = false;

  private get shown(): Column<Row>[] {
    return this.columns.filter((column) => "cell" in column);
  }

  protected override render(): TemplateResult {
    return html`
      <div class="head">
        <h2 id="caption">${this.caption}</h2>
        <button
          class="quiet"
          aria-label=${this.t("table.export_of", { table: this.caption })}
          ?disabled=${this.rows.length === 0}
          @click=${this.export}
        >
          ${icon("download", 18)} ${this.t("table.export")}
        </button>
      </div>
      ${
        this.rows.length === 0
          ? html`<p class="empty">${this.empty}</p>`
          : html`<div class="frame" role="region" aria-labelledby="caption" tabindex="0">
              <table>
                <caption class="hidden-text">
                  ${this.caption}
                </caption>
                <thead>
                  <tr>
                    ${this.shown.map((column) => this.heading(column))}
                    ${this.actions ? html`<td class="acts"><span class="hidden-text">${this.t("table.actions")}</span></td>` : nothing}
                  </tr>
                </thead>
                <tbody>
                  ${this.sorted().map((row) => this.line(row))}
                </tbody>
              </table>
            </div>`
      }
    `;
  }

  private heading(column: Column<Row>): TemplateResult {
    const sorted = column.key === this.sortKey;
    return html`<th
      scope="col"
      class=${column.numeric ? "numeric" : ""}
      aria-sort=${sorted ? (this.descending ? "descending" : "ascending") : nothing}
    >
      <button class="sort" @click=${() => this.sortBy(column.key)}>
        ${column.label}<span class="arrow" aria-hidden="true">${sorted && this.descending ? "↓" : "↑"}</span>
      </button>
    </th>`;
  }

  private line(row: Row): TemplateResult {
    return html`<tr>
      ${this.shown.map((column) =>
        column.header
          ? html`<th scope="row">${column.cell(row)}</th>`
          : html`<td class=${column.numeric ? "numeric" : ""}>${column.cell(row)}</td>`,
      )}
      ${this.actions ? html`<td class="acts">${this.actions(row)}</td>` : nothing}
    </tr>`;
  }

  private sortBy(key: string): void {
    this.descending = key === this.sortKey && !this.descending;
    this.sortKey = key;
  }

  private sorted(): readonly Row[] {
    const column = this.shown.find(({ key }) => key === this.sortKey);
    if (!column) return this.rows;
    const value = column.order ?? column.value;
    const sign = this.descending ? -1 : 1;
    return this.rows.toSorted((a, b) => sign * compare(value(a), value(b)));
  }

  private export(): void {
    const header = this.columns.map(({ key }) => key);
    const rows = this.sorted().map((row) => this.columns.map((column) => column.value(row)));
    download(`${this.file}.csv`, csvText(header, rows));
  }
}

/** Numbers by size, texts as people sort them, what is missing at the end. */
export function compare(a: CsvValue, b: CsvValue): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === "string" && typeof b === "string") return a.localeCompare(b, undefined, { numeric: true });
  return Number(a) - Number(b);
}
