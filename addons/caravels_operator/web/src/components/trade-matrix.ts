/** Who sells to whom: sellers by row, buyers by column, the more the stronger the colour, with sums at the edges. */
import { css, html, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { csvText, download } from "../csv";
import { type Matrix, matrixOf, type MatrixRow, type Measure } from "../matrix";
import type { Cell, Market } from "../messages.generated";
import { PanelElement } from "./element";
import { icon } from "./icons";

/** Share of the accent in a cell's colour [%]: with more, its text would be hard to read in light or in dark. */
const FAINTEST = 6;
const STRONGEST = 54;

@customElement("trade-matrix")
export class TradeMatrix extends PanelElement {
  static override styles = [
    ...[PanelElement.styles].flat(),
    css`
      .bar {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: var(--space-2) var(--space-4);
        margin-bottom: var(--space-3);
      }
      .acts {
        display: flex;
        align-items: center;
        gap: var(--space-2);
      }
      .frame {
        position: relative; /* else its hidden texts would widen the page */
        overflow: auto;
        max-height: min(80vh, 900px);
      }
      table {
        width: 100%;
        border-collapse: separate;
        border-spacing: 2px;
        font-size: var(--size-small);
        font-variant-numeric: tabular-nums;
      }
      th,
      td {
        padding: 5px var(--space-2);
        text-align: right;
        white-space: nowrap;
        border-radius: 4px;
      }
      thead th,
      tbody th {
        position: sticky;
        background: var(--surface);
        font-weight: 550;
        color: var(--text-soft);
      }
      thead th {
        top: 0;
        z-index: 1;
      }
      tbody th {
        left: 0;
        text-align: left;
        color: var(--text);
      }
      thead th:first-child {
        left: 0;
        z-index: 2;
        text-align: left;
      }
      td {
        min-width: 52px;
        background: var(--surface-sunken);
      }
      td.sold {
        background: color-mix(in oklab, var(--accent) calc(var(--heat) * 1%), var(--surface-sunken));
      }
      .total {
        font-weight: 600;
        background: none;
      }
      .soft {
        margin-top: var(--space-3);
      }
    `,
  ];

  @property({ attribute: false }) market: Pick<Market, "sellers" | "buyers" | "cells"> | undefined;
  @property() day = "";
  @state() private measure: Measure = "wh";

  protected override render(): TemplateResult {
    const { market } = this;
    return html`
      <div class="bar">
        <h2 id="caption">${this.t("matrix.title")}</h2>
        <div class="acts">
          <div class="segments" role="group" aria-label=${this.t("matrix.measure")}>
            ${(["wh", "micro"] as const).map(
              (measure) =>
                html`<button aria-pressed=${this.measure === measure} @click=${() => (this.measure = measure)}>
                  ${measure === "wh" ? "kWh" : this.format.currency}
                </button>`,
            )}
          </div>
          <button
            class="quiet"
            aria-label=${this.t("table.export_of", { table: this.t("matrix.title") })}
            ?disabled=${!market?.cells.length}
            @click=${this.export}
          >
            ${icon("download", 18)} ${this.t("table.export")}
          </button>
        </div>
      </div>
      ${market?.cells.length ? this.table(matrixOf(market, this.measure)) : html`<p class="soft">${this.t("matrix.empty")}</p>`}
    `;
  }

  private table(matrix: Matrix): TemplateResult {
    return html`<div class="frame" role="region" aria-labelledby="caption" tabindex="0">
        <table>
          <caption class="hidden-text">
            ${this.t("matrix.caption")}
          </caption>
          <thead>
            <tr>
              <th scope="col">${this.t("matrix.corner")}</th>
              ${matrix.columns.map(({ id }) => html`<th scope="col">${id}</th>`)}
              <th scope="col">${this.t("matrix.sold")}</th>
            </tr>
          </thead>
          <tbody>
            ${matrix.rows.map((row) => this.line(row, matrix.most))}
            <tr>
              <th scope="row">${this.t("matrix.bought")}</th>
              ${matrix.columns.map(({ total }) => html`<td class="total">${this.amount(total)}</td>`)}
              <td class="total">${this.amount(matrix.total)}</td>
            </tr>
          </tbody>
        </table>
      </div>
      <p class="soft small">${this.t("matrix.hint")}</p>`;
  }

  private line(row: MatrixRow, most: number): TemplateResult {
    return html`<tr>
      <th scope="row">${row.id}</th>
      ${row.cells.map((cell) => (cell ? this.cell(cell, most) : html`<td></td>`))}
      <td class="total">${this.amount(row.total)}</td>
    </tr>`;
  }

  /** The exact integers stand beside the rounded text, for who checks the matrix against the members' own views. */
  private cell(cell: Cell, most: number): TemplateResult {
    const share = most ? Math.abs(cell[this.measure]) / most : 0;
    const words = this.t("matrix.cell", {
      seller: cell.seller,
      buyer: cell.buyer,
      kwh: this.format.kwh(cell.wh, 3),
      money: this.format.money(cell.micro),
    });
    return html`<td
      class="sold"
      data-seller=${cell.seller}
      data-buyer=${cell.buyer}
      data-wh=${cell.wh}
      data-micro=${cell.micro}
      title=${words}
      .style=${`--heat: ${Math.round(FAINTEST + share * (STRONGEST - FAINTEST))}`}
    >
      ${this.amount(cell[this.measure])}
    </td>`;
  }

  private amount(value: number): string {
    return this.measure === "wh" ? this.format.number(value / 1_000, 2) : this.format.number(value / 1_000_000, 2);
  }

  private export(): void {
    const rows = (this.market?.cells ?? []).map(({ seller, buyer, wh, micro }) => [this.day, seller, buyer, wh, micro]);
    download(`matrix-${this.day}.csv`, csvText(["day", "seller", "buyer", "wh", "micro"], rows));
  }
}
