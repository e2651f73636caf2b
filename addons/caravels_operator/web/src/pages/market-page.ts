/** Market: what was traded on a day, at which price, and who sold to whom. */
import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { api } from "../api";
import { coveredPermille } from "../balance";
import "../components/data-table";
import type { Column } from "../components/data-table";
import { PanelElement } from "../components/element";
import { icon } from "../components/icons";
import "../components/open-day-note";
import { framed } from "../components/page-frame";
import { page } from "../components/page-styles";
import "../components/trade-matrix";
import { csvInstant } from "../csv";
import "../dialogs/close-gate-dialog";
import type { AuctionDay, Market, OpenDay, TradedPeriod } from "../messages.generated";
import { Resource } from "../resource";
import { hashOf, type Place } from "../routes";
import { auctionChart } from "./auction-chart";
import { periodName } from "./periods";

@customElement("market-page")
export class MarketPage extends PanelElement {
  static override styles = [
    ...[PanelElement.styles].flat(),
    page,
    css`
      .days select {
        width: auto;
      }
      .days button {
        padding: 0 var(--space-2);
      }
    `,
  ];

  @property({ attribute: false }) place: Place | undefined;
  @state() private closing: OpenDay | undefined;
  private readonly market = new Resource(this, (signal) => api.market(this.place?.query.get("day"), signal), [
    "market",
  ]);

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    const before = changed.get("place") as Place | undefined;
    if (before && before.query.get("day") !== this.place?.query.get("day")) void this.market.reload();
  }

  protected override render(): TemplateResult {
    return html`
      ${framed(this.market, (market) => this.content(market))}
      ${
        this.closing
          ? html`<close-gate-dialog
              .day=${this.closing}
              @close=${() => (this.closing = undefined)}
            ></close-gate-dialog>`
          : nothing
      }
    `;
  }

  private content(market: Market): TemplateResult {
    const { auction } = market;
    return html`
      ${market.open_days.map(
        (day) => html`<open-day-note .day=${day} @closegate=${() => (this.closing = day)}></open-day-note>`,
      )}
      ${auction ? this.auction(market, auction) : this.empty(market)}
    `;
  }

  private auction(market: Market, auction: AuctionDay): TemplateResult {
    const { t, format } = this;
    return html`
      <div class="bar">${this.lead(auction)} ${this.days(market.cleared_days, auction.day)}</div>
      ${auction.state === "cleared" ? this.tiles(market, auction) : nothing}
      <section class="card" aria-labelledby="picture">
        <div class="bar"><h2 id="picture">${t("market.picture")}</h2></div>
        ${auction.periods.length ? auctionChart(auction) : html`<p class="nothing">${t("auction.none")}</p>`}
      </section>
      <section class="card"><trade-matrix .market=${market} .day=${auction.day}></trade-matrix></section>
      <section class="card">
        <data-table
          .caption=${t("market.table", { day: format.dayShort(auction.day) })}
          .empty=${t("auction.none")}
          file="auction-${auction.day}"
          .columns=${this.columns(auction.period_s)}
          .rows=${auction.periods}
        ></data-table>
      </section>
    `;
  }

  private lead(auction: AuctionDay): TemplateResult {
    const { t, format } = this;
    const day = format.day(auction.day);
    const price = auction.mean_price_micro_kwh;
    const sentence =
      auction.state !== "cleared"
        ? t("market.not_cleared", { day })
        : price === null
          ? t("market.no_trade", { day })
          : t("market.traded", { day, kwh: format.kwh(auction.traded_wh), price: format.priceWithUnit(price) });
    return html`<header class="lead" aria-live="polite">
      <h1>${sentence}</h1>
      ${
        auction.cleared_at === null
          ? nothing
          : html`<p class="soft">
              ${t("market.cleared", { time: format.moment(auction.cleared_at), books: auction.books })}
            </p>`
      }
    </header>`;
  }

  /** The days that were cleared, newest first; the address says which one is shown. */
  private days(cleared: readonly string[], shown: string): TemplateResult {
    const { t, format } = this;
    const at = cleared.indexOf(shown);
    const later = at > 0 ? cleared[at - 1] : undefined;
    const earlier = at >= 0 ? cleared[at + 1] : undefined;
    const step = (day: string | undefined, label: string, name: "previous" | "next"): TemplateResult =>
      html`<button aria-label=${label} ?disabled=${!day} @click=${() => day && this.go(day)}>${icon(name)}</button>`;
    return html`<div class="row days">
      ${step(earlier, t("market.earlier"), "previous")}
      <select
        aria-label=${t("market.day")}
        @change=${(event: Event) => this.go((event.target as HTMLSelectElement).value)}
      >
        ${at < 0 ? html`<option value=${shown} selected>${format.dayShort(shown)}</option>` : nothing}
        ${cleared.map((day) => html`<option value=${day} ?selected=${day === shown}>${format.dayShort(day)}</option>`)}
      </select>
      ${step(later, t("market.later"), "next")}
    </div>`;
  }

  private go(day: string): void {
    location.hash = hashOf("market", { day });
  }

  private tiles(market: Market, auction: AuctionDay): TemplateResult {
    const { t, format } = this;
    const covered = coveredPermille(auction);
    const tile = (name: string, value: string, unit: string, note: string): TemplateResult =>
      html`<div class="card tile">
        <dt>${name}</dt>
        <dd class="value">${value} <span class="unit">${unit}</span></dd>
        <dd class="small soft">${note}</dd>
      </div>`;
    const kwh = (wh: number | null): string => (wh === null ? "–" : format.number(wh / 1_000, 1));
    return html`<dl class="tiles">
      ${tile(t("tile.traded"), kwh(auction.traded_wh), "kWh", t("tile.parties", { sellers: market.sellers.length, buyers: market.buyers.length }))}
      ${tile(t("tile.value"), format.money(auction.traded_micro), "", this.meanPrice(auction))}
      ${tile(t("tile.wanted"), kwh(auction.wanted_wh), "kWh", covered === undefined ? "" : t("tile.covered", { percent: format.percent(covered) }))}
      ${tile(t("tile.offered"), kwh(auction.offered_wh), "kWh", this.soldShare(auction))}
    </dl>`;
  }

  private meanPrice({ mean_price_micro_kwh: price }: AuctionDay): string {
    return price === null ? this.t("tile.no_trade") : this.t("tile.mean", { price: this.format.priceWithUnit(price) });
  }

  private soldShare({ offered_wh, traded_wh }: AuctionDay): string {
    return offered_wh ? this.t("tile.sold", { percent: this.format.percent((traded_wh * 1_000) / offered_wh) }) : "";
  }

  private empty(market: Market): TemplateResult {
    return html`<section class="card nothing">
      ${icon("market", 32)}
      <h2>${this.t("market.empty")}</h2>
      <p>${market.open_days.length ? this.t("market.empty_open") : this.t("market.empty_hint")}</p>
    </section>`;
  }

  private columns(period_s: number): Column<TradedPeriod>[] {
    const { t, format } = this;
    const amount = (
      key: keyof TradedPeriod,
      label: string,
      words: (value: number) => string,
    ): Column<TradedPeriod> => ({
      key,
      label,
      value: (period) => period[key],
      cell: (period) => (period[key] === null ? "–" : words(period[key])),
      numeric: true,
    });
    const kwh = (wh: number): string => format.number(wh / 1_000, 3);
    const price = (micro: number): string => format.price(micro);
    return [
      {
        key: "start",
        label: t("auction.period"),
        value: ({ start }) => csvInstant(start),
        cell: ({ start }) => periodName(format, start, period_s),
        header: true,
      },
      amount("wh", t("auction.traded_kwh"), kwh),
      amount("price_micro_kwh", t("auction.price_column", { unit: format.priceUnit }), price),
      amount("market_price_micro_kwh", t("auction.market_price_column", { unit: format.priceUnit }), price),
      amount("wanted_wh", t("auction.wanted_kwh"), kwh),
      amount("offered_wh", t("auction.offered_kwh"), kwh),
    ];
  }
}
