/** The auction of a delivery day as a picture: price above, energy below. */
import { html, type TemplateResult } from "lit";
import "../charts/period-chart";
import { type Panel, PANEL_GAP, type Series } from "../charts/model";
import type { AuctionDay } from "../messages.generated";
import { surroundings } from "../surroundings";
import { periodMarks, periodNames } from "./periods";

/** Heights [px]: one panel alone is as high as the two, so that nothing moves when the auction is cleared. */
const PRICE = 110;
const ENERGY = 140;
export const WHOLE_HEIGHT = PRICE + ENERGY + PANEL_GAP;

export function auctionChart(day: AuctionDay): TemplateResult {
  const { t, format } = surroundings;
  const { periods, period_s } = day;
  return html`<period-chart
    .label=${t("auction.chart", { day: format.day(day.day) })}
    .names=${periodNames(format, periods, period_s)}
    .marks=${periodMarks(format, periods)}
    .panels=${day.state === "cleared" ? [pricePanel(day, PRICE), energyPanel(day)] : [pricePanel(day, WHOLE_HEIGHT)]}
  ></period-chart>`;
}

function pricePanel({ periods, state }: AuctionDay, height: number): Panel {
  const { t, format } = surroundings;
  const words = (value: number): string => format.priceWithUnit(value);
  const market: Series = {
    label: t("auction.market_price"),
    kind: "line",
    tone: "load",
    dashed: true,
    values: periods.map((period) => period.market_price_micro_kwh),
    words,
  };
  const community: Series = {
    label: t("auction.price"),
    kind: "line",
    tone: "accent",
    values: periods.map((period) => period.price_micro_kwh),
    words,
  };
  return {
    title: t("auction.price_axis", { unit: format.priceUnit }),
    height,
    series: state === "cleared" ? [market, community] : [market],
    tick: (value) => format.price(value, 2),
  };
}

function energyPanel({ periods }: AuctionDay): Panel {
  const { t, format } = surroundings;
  const words = (value: number): string => format.kwh(value, 2);
  const traded: Series = {
    label: t("auction.traded"),
    kind: "bar",
    tone: "accent",
    values: periods.map(({ wh }) => wh),
    words,
  };
  const wanted: Series = {
    label: t("auction.wanted"),
    kind: "bar",
    tone: "soft",
    values: periods.map(({ wanted_wh }) => wanted_wh),
    words,
  };
  const offered: Series = {
    label: t("auction.offered"),
    kind: "line",
    tone: "sun",
    values: periods.map(({ offered_wh }) => offered_wh),
    words,
  };
  return {
    title: t("auction.energy_axis"),
    height: ENERGY,
    series: [wanted, traded, offered],
    tick: (value) => format.number(value / 1_000, value % 1_000 ? 1 : 0),
  };
}
