/** What the community is expected to use and generate, today and tomorrow, and how good such forecasts were. */
import { css, html, nothing, type TemplateResult } from "lit";
import "../charts/period-chart";
import { type Panel, type Series, type Tone } from "../charts/model";
import type { Column } from "../components/data-table";
import { csvInstant } from "../csv";
import { civilDay } from "../format";
import type { Community, Expected, ExpectedHour, ForecastSkill } from "../messages.generated";
import { surroundings } from "../surroundings";
import { periodMarks, periodNames } from "./periods";

const HOUR_S = 3_600;
/** Heights [px] of the panels: energy, and flexibility below it. */
const ENERGY = 170;
const FLEXIBILITY = 70;

export const expectedStyles = css`
  .words {
    display: grid;
    gap: var(--space-1);
    margin: var(--space-3) 0;
    max-width: 84ch;
  }
  details > summary {
    width: fit-content;
    min-height: 36px;
    display: flex;
    align-items: center;
    font-size: var(--size-small);
    color: var(--accent);
    cursor: pointer;
  }
  details[open] > summary {
    margin-bottom: var(--space-2);
  }
`;

/** The hours of a civil day of the market's zone. */
export function hoursOfDay(expected: Expected, day: string, zone: string): ExpectedHour[] {
  return expected.hours.filter(({ start }) => civilDay(start, zone) === day);
}

export function expectedPicture(hours: readonly ExpectedHour[], label: string): TemplateResult {
  const { format } = surroundings;
  return html`<period-chart
    .label=${label}
    .names=${periodNames(format, hours, HOUR_S)}
    .marks=${periodMarks(format, hours)}
    .panels=${panelsOf(hours)}
  ></period-chart>`;
}

function panelsOf(hours: readonly ExpectedHour[]): Panel[] {
  const { t, format } = surroundings;
  const words = (value: number): string => format.kwh(value, 1);
  const tick = (value: number): string => format.number(value / 1_000, value % 1_000 ? 1 : 0);
  const line = (name: "consumption" | "generation", tone: Tone): Series => ({
    label: t(`expected.${name}`),
    kind: "line",
    tone,
    values: hours.map((hour) => hour[`${name}_wh`]),
    band: {
      low: hours.map((hour) => hour[`${name}_p10_wh`]),
      high: hours.map((hour) => hour[`${name}_p90_wh`]),
      words: t("expected.band"),
    },
    words,
  });
  const energy: Panel = {
    title: t("expected.axis"),
    height: ENERGY,
    series: [line("consumption", "load"), line("generation", "sun")],
    tick,
  };
  const flexible: Panel = {
    title: t("expected.flexibility_axis"),
    height: FLEXIBILITY,
    series: [
      {
        label: t("expected.shifting"),
        kind: "bar",
        tone: "soft",
        values: hours.map(({ shifting_wh }) => shifting_wh),
        words,
      },
      {
        label: t("expected.reduction"),
        kind: "bar",
        tone: "accent",
        values: hours.map(({ reduction_wh }) => reduction_wh),
        words,
      },
    ],
    tick,
  };
  return hours.some(({ reduction_wh, shifting_wh }) => reduction_wh + shifting_wh > 0) ? [energy, flexible] : [energy];
}

/** What the forecasts rest on, and how they did: sentences, the bad news among them. */
export function expectedWords({ now }: Community, expected: Expected): TemplateResult {
  const { t, format } = surroundings;
  const { reported, estimated, unknown } = expected;
  return html`<div class="small soft words">
    <p>
      ${t("expected.rests", { reported, estimated, unknown })}
      ${t("expected.issued", { ago: format.ago(expected.issued_at, now) })}
    </p>
    ${skillWords("consumption", expected.consumption)} ${skillWords("generation", expected.generation)}
  </div>`;
}

function skillWords(name: "consumption" | "generation", skill: ForecastSkill): TemplateResult | typeof nothing {
  const { t, format } = surroundings;
  const what = t(`expected.${name}`);
  if (skill.days === 0 || skill.mae_wh === null || skill.mean_wh === null)
    return name === "consumption" ? html`<p>${t("expected.not_judged")}</p>` : nothing;
  const off = t("expected.off", {
    what,
    days: skill.days,
    kwh: format.kwh(skill.mae_wh, 2),
    mean: format.kwh(skill.mean_wh, 2),
  });
  return html`<p>
    ${off} ${against("last_week", skill.over_last_week_permille)} ${against("mean_7", skill.over_mean_7_days_permille)}
    ${skill.coverage_permille === null ? nothing : t("expected.covered", { share: format.percent(skill.coverage_permille) })}
  </p>`;
}

/** Better or worse than a naive forecast, never hidden. */
function against(naive: "last_week" | "mean_7", permille: number | null): string | typeof nothing {
  const { t, format } = surroundings;
  if (permille === null) return nothing;
  const share = format.percent(Math.abs(permille));
  return t(`expected.${permille >= 0 ? "better" : "worse"}_${naive}`, { share });
}

export function expectedColumns(): Column<ExpectedHour>[] {
  const { t, format } = surroundings;
  const energy = (key: Exclude<keyof ExpectedHour, "start">, label: string): Column<ExpectedHour> => ({
    key,
    label,
    value: (hour) => hour[key],
    cell: (hour) => format.number(hour[key] / 1_000, 2),
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
    energy("consumption_wh", t("expected.consumption_kwh")),
    energy("consumption_p10_wh", t("expected.from_kwh")),
    energy("consumption_p90_wh", t("expected.to_kwh")),
    energy("generation_wh", t("expected.generation_kwh")),
    energy("generation_p10_wh", t("expected.from_kwh")),
    energy("generation_p90_wh", t("expected.to_kwh")),
    energy("reduction_wh", t("expected.reduction_kwh")),
    energy("shifting_wh", t("expected.shifting_kwh")),
  ];
}
