/** Community: is it balanced now, and tomorrow? */
import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { api } from "../api";
import { balanceNow, coveredPermille, heardHours } from "../balance";
import "../charts/period-chart";
import type { Panel } from "../charts/model";
import "../components/data-table";
import type { Column } from "../components/data-table";
import { PanelElement } from "../components/element";
import { icon } from "../components/icons";
import { framed } from "../components/page-frame";
import { page } from "../components/page-styles";
import { csvInstant } from "../csv";
import type { AuctionDay, Community, ExpectedHour, FailedStep, MeteredHour } from "../messages.generated";
import { Resource } from "../resource";
import { surroundings } from "../surroundings";
import { auctionChart, WHOLE_HEIGHT } from "./auction-chart";
import { expectedColumns, expectedPicture, expectedStyles, expectedWords, hoursOfDay } from "./expected-section";
import { periodMarks, periodName, periodNames } from "./periods";

const HOUR_S = 3_600;

@customElement("community-page")
export class CommunityPage extends PanelElement {
  static override styles = [...[PanelElement.styles].flat(), page, expectedStyles];
  @state() private shown: "today" | "tomorrow" | undefined;
  @state() private expectedDay: "today" | "tomorrow" | undefined;
  private readonly community = new Resource(this, (signal) => api.community(signal), ["community"]);

  protected override render(): TemplateResult {
    return framed(this.community, (community) => this.content(community));
  }

  private content(community: Community): TemplateResult {
    return html`
      ${this.lead(community)} ${community.failed.length ? this.failed(community.failed) : nothing}
      ${this.tiles(community)}
      <div class="pictures">${this.meters(heardHours(community.hours))} ${this.auction(community)}</div>
      ${this.expected(community)}
      <section class="card">
        <data-table
          .caption=${this.t("hours.title")}
          .empty=${this.t("hours.empty")}
          file="meters"
          .columns=${this.hourColumns()}
          .rows=${community.hours.toReversed()}
        ></data-table>
      </section>
    `;
  }

  private lead(community: Community): TemplateResult {
    const now = balanceNow(community.hours);
    const hour = now && periodName(this.format, now.hour.start, HOUR_S);
    return html`<header class="lead" aria-live="polite">
      <h1>${this.sentenceNow(community)} ${this.sentenceTomorrow(community.tomorrow)}</h1>
      <p class="soft">
        ${now && hour ? this.t("balance.source", { hour, sent: now.hour.members, all: community.members_total }) : nothing}
      </p>
    </header>`;
  }

  private sentenceNow({ hours }: Community): TemplateResult | string {
    const now = balanceNow(hours);
    if (!now) return this.t("balance.unknown");
    const figure = html`<span class="figure figures">${this.format.kwh(Math.abs(now.net_wh))}</span>`;
    return around(this.t(`balance.${now.state}`, { kwh: "\n" }), figure);
  }

  private sentenceTomorrow(day: AuctionDay): TemplateResult | string {
    const { t, format } = this;
    if (day.state === "none") return t("tomorrow.none");
    if (day.state === "open") return t("tomorrow.open", { time: format.time(day.gate_at) });
    const covered = coveredPermille(day);
    if (covered === undefined) return t("tomorrow.unwanted");
    return around(
      t("tomorrow.cleared", { percent: "\n" }),
      html`<span class="figure figures">${format.percent(covered)}</span>`,
    );
  }

  private tiles({ members_online, members_total, hours, today, tomorrow }: Community): TemplateResult {
    const { t, format } = this;
    const now = balanceNow(hours);
    const tile = (name: string, value: string, unit: string, note: string): TemplateResult =>
      html`<div class="card tile">
        <dt>${name}</dt>
        <dd class="value">${value} <span class="unit">${unit}</span></dd>
        <dd class="small soft">${note}</dd>
      </div>`;
    const traded = (name: string, day: AuctionDay): TemplateResult =>
      day.state === "cleared"
        ? tile(name, format.number(day.traded_wh / 1_000, 1), "kWh", this.meanPrice(day))
        : tile(name, "–", "", day.state === "open" ? t("tile.bids", { books: day.books }) : t("tile.no_prices"));
    return html`<dl class="tiles">
      ${
        now
          ? tile(
              t("tile.now"),
              format.number(Math.abs(now.net_wh) / 1_000, 1),
              "kWh",
              t(now.net_wh >= 0 ? "tile.from_grid" : "tile.to_grid"),
            )
          : tile(t("tile.now"), "–", "", t("hours.empty"))
      }
      ${tile(t("tile.online"), `${members_online}`, t("tile.of", { all: members_total }), t("tile.online_note"))}
      ${traded(t("tile.today"), today)} ${traded(t("tile.tomorrow"), tomorrow)}
    </dl>`;
  }

  private meanPrice(day: AuctionDay): string {
    const price = day.mean_price_micro_kwh;
    return price === null ? this.t("tile.no_trade") : this.t("tile.mean", { price: this.format.priceWithUnit(price) });
  }

  private meters(hours: readonly MeteredHour[]): TemplateResult {
    const { t, format } = this;
    const words = (value: number): string => format.kwh(Math.abs(value), 2);
    const panel: Panel = {
      title: t("hours.axis"),
      height: WHOLE_HEIGHT,
      series: [
        { label: t("hours.export"), kind: "bar", tone: "sun", values: hours.map(({ export_wh }) => export_wh), words },
        {
          label: t("hours.import"),
          kind: "bar",
          tone: "load",
          values: hours.map(({ import_wh }) => -import_wh),
          words,
        },
        {
          label: t("hours.net"),
          kind: "line",
          tone: "accent",
          values: hours.map(({ import_wh, export_wh }) => export_wh - import_wh),
          words: (value) => format.kwh(value, 2),
        },
      ],
      tick: (value) => format.number(value / 1_000, Math.abs(value) % 1_000 ? 1 : 0),
    };
    return html`<section class="card" aria-labelledby="meters">
      <div class="bar"><h2 id="meters">${t("hours.picture")}</h2></div>
      ${
        hours.length === 0
          ? html`<p class="nothing">${t("hours.empty")}</p>`
          : html`<period-chart
              .label=${t("hours.chart")}
              .names=${periodNames(format, hours, HOUR_S)}
              .marks=${periodMarks(format, hours)}
              .panels=${[panel]}
            ></period-chart>`
      }
    </section>`;
  }

  private auction({ today, tomorrow }: Community): TemplateResult {
    const shown = this.shown ?? (tomorrow.state === "none" ? "today" : "tomorrow");
    const day = shown === "today" ? today : tomorrow;
    const title = this.t("auction.of", { day: this.format.dayShort(day.day) });
    return html`<section class="card" aria-labelledby="auction">
      <div class="bar">
        <h2 id="auction">${title}</h2>
        ${this.days("auction.choose", shown, (choice) => (this.shown = choice))}
      </div>
      ${day.state === "none" ? html`<p class="nothing">${this.t("auction.none")}</p>` : auctionChart(day)}
    </section>`;
  }

  private expected(community: Community): TemplateResult {
    const { t, format } = this;
    const { expected } = community;
    const zone = surroundings.session?.market_zone ?? "UTC";
    const hoursOf = (choice: "today" | "tomorrow"): ExpectedHour[] =>
      expected ? hoursOfDay(expected, community[choice].day, zone) : [];
    const shown = this.expectedDay ?? (hoursOf("tomorrow").length > 0 ? "tomorrow" : "today");
    const day = community[shown].day;
    const hours = hoursOf(shown);
    return html`<section class="card" aria-labelledby="expected">
      <div class="bar">
        <h2 id="expected">${t("expected.of", { day: format.dayShort(day) })}</h2>
        ${this.days("expected.choose", shown, (choice) => (this.expectedDay = choice))}
      </div>
      ${
        expected && hours.length > 0
          ? html`${expectedPicture(hours, t("expected.chart", { day: format.day(day) }))}
              ${expectedWords(community, expected)}
              <details>
                <summary>${t("expected.table")}</summary>
                <data-table
                  .caption=${t("expected.title")}
                  file="expected"
                  .columns=${expectedColumns()}
                  .rows=${expected.hours}
                ></data-table>
              </details>`
          : html`<p class="nothing">${t("expected.none")}</p>`
      }
    </section>`;
  }

  private days(
    label: "auction.choose" | "expected.choose",
    shown: "today" | "tomorrow",
    choose: (day: "today" | "tomorrow") => void,
  ): TemplateResult {
    return html`<div class="segments" role="group" aria-label=${this.t(label)}>
      ${(["today", "tomorrow"] as const).map(
        (choice) =>
          html`<button
            aria-pressed=${choice === shown}
            @click=${() => {
              choose(choice);
            }}
          >
            ${this.t(`day.${choice}`)}
          </button>`,
      )}
    </div>`;
  }

  private failed(steps: readonly FailedStep[]): TemplateResult {
    const { t, format } = this;
    const columns: Column<FailedStep>[] = [
      {
        key: "step",
        label: t("failed.step"),
        value: ({ kind }) => kind,
        cell: ({ kind }) => this.t(`step.${kind}`),
        header: true,
      },
      { key: "key", label: t("failed.key"), value: ({ key }) => key, cell: ({ key }) => key },
      { key: "why", label: t("failed.why"), value: ({ why }) => why, cell: ({ why }) => why },
      {
        key: "attempts",
        label: t("failed.attempts"),
        value: ({ attempts }) => attempts,
        cell: ({ attempts }) => format.number(attempts),
        numeric: true,
      },
      {
        key: "again_at",
        label: t("failed.again"),
        value: ({ again_at }) => csvInstant(again_at),
        cell: ({ again_at }) => format.moment(again_at),
      },
    ];
    return html`<section class="card">
      <div class="note warn">
        ${icon("warning")}
        <p>${t("failed.lead")}</p>
      </div>
      <data-table .caption=${t("failed.title")} file="not-done" .columns=${columns} .rows=${steps}></data-table>
    </section>`;
  }

  private hourColumns(): Column<MeteredHour>[] {
    const { t, format } = this;
    const energy = (key: string, label: string, wh: (hour: MeteredHour) => number): Column<MeteredHour> => ({
      key,
      label,
      value: wh,
      cell: (hour) => format.number(wh(hour) / 1_000, 2),
      numeric: true,
    });
    return [
      {
        key: "start",
        label: t("hours.hour"),
        value: ({ start }) => csvInstant(start),
        cell: ({ start }) => format.moment(start),
        header: true,
      },
      energy("import_wh", t("hours.import_kwh"), ({ import_wh }) => import_wh),
      energy("export_wh", t("hours.export_kwh"), ({ export_wh }) => export_wh),
      energy("net_wh", t("hours.net_kwh"), ({ import_wh, export_wh }) => export_wh - import_wh),
      {
        key: "members",
        label: t("hours.members"),
        value: ({ members }) => members,
        cell: ({ members }) => format.number(members),
        numeric: true,
      },
    ];
  }
}

/** A sentence around its figure, which stands where the line break is. */
function around(sentence: string, figure: TemplateResult): TemplateResult {
  const [before, after] = sentence.split("\n", 2);
  return html`${before}${figure}${after}`;
}
