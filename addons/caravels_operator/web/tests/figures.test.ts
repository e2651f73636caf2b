/** What the pages say, as figures: balance, matrix, state of a home, files, axes, tariffs. */
import { describe, expect, test } from "vitest";
import { balanceNow, coveredPermille, heardHours } from "../src/balance";
import { bandPath, labelStride, stepPath, valuesOf } from "../src/charts/model";
import { scaleOf } from "../src/charts/scale";
import { compare } from "../src/components/data-table";
import { csvInstant, csvText } from "../src/csv";
import { linkState } from "../src/link-state";
import { matrixOf } from "../src/matrix";
import { hoursOfDay } from "../src/pages/expected-section";
import type { Community, Market, Members } from "../src/messages.generated";
import { bandsOf, tariffFromFile, tariffOf } from "../src/tariff";
import { golden } from "./golden";

describe("balance", () => {
  const hour = (import_wh: number, export_wh: number) => ({ start: 0, import_wh, export_wh, members: 2 });

  test("now is the last hour that was metered", () => {
    expect(balanceNow(golden<Community>("community").hours)).toMatchObject({ state: "short", net_wh: 6_300 });
    expect(balanceNow([])).toBeUndefined();
  });

  test("an hour that only early homes have sent is not how the community is", () => {
    const heard = (start: number, members: number) => ({ start, import_wh: start, export_wh: 0, members });
    const hours = [heard(100, 20), heard(200, 27), heard(300, 25), heard(400, 3)];
    expect(heardHours(hours).map(({ start }) => start)).toEqual([100, 200, 300]);
    expect(balanceNow(hours)).toMatchObject({ net_wh: 300 });
    expect(heardHours([])).toEqual([]);
  });

  test.each([
    [1_000, 950, "balanced"],
    [1_000, 949, "short"],
    [949, 1_000, "long"],
    [0, 0, "balanced"],
  ])("%d Wh taken and %d Wh given is %s", (taken, given, state) => {
    expect(balanceNow([hour(taken, given)])?.state).toBe(state);
  });

  test("what members cover of what members want", () => {
    const { today, tomorrow } = golden<Community>("community");
    expect(coveredPermille(today)).toBe(752); // 53.7 of 71.4 kWh
    expect(coveredPermille(tomorrow)).toBeUndefined();
    expect(coveredPermille({ ...today, wanted_wh: 0 })).toBeUndefined();
  });
});

describe("matrix", () => {
  const market = golden<Market>("market");

  test("sums of rows, columns and all are those of the cells", () => {
    const matrix = matrixOf(market, "wh");
    expect(matrix.rows.map(({ id, total }) => [id, total])).toEqual([
      ["ana", 43_700],
      ["dinis", 10_000],
    ]);
    expect(matrix.columns).toEqual([
      { id: "bruno", total: 40_000 },
      { id: "clara", total: 13_700 },
    ]);
    expect(matrix.total).toBe(market.auction?.traded_wh);
    expect(matrix.most).toBe(30_000);
    expect(matrix.rows[1]?.cells).toEqual([market.cells[2], undefined]);
  });

  test("the same in money", () => {
    expect(matrixOf(market, "micro").total).toBe(market.auction?.traded_micro);
    expect(matrixOf({ sellers: [], buyers: [], cells: [] }, "micro")).toEqual({
      columns: [],
      rows: [],
      total: 0,
      most: 0,
    });
  });

  test("negative prices are as strong as positive ones", () => {
    const cells = [
      { seller: "a", buyer: "b", wh: 5, micro: -9 },
      { seller: "a", buyer: "c", wh: 5, micro: 3 },
    ];
    expect(matrixOf({ sellers: ["a"], buyers: ["b", "c"], cells }, "micro")).toMatchObject({ most: 9, total: -6 });
  });
});

describe("a home's state", () => {
  const [ana, bruno, left] = golden<Members>("members").members;
  const now = 1_783_334_000;

  test("in one word", () => {
    expect([ana, bruno, left].map((member) => member && linkState(member, now))).toEqual([
      "online",
      "invited",
      "revoked",
    ]);
    expect(bruno && linkState(bruno, bruno.link_until ?? 0)).toBe("unpaired");
    expect(ana && linkState({ ...ana, online: false }, now)).toBe("away");
    expect(ana && linkState({ ...ana, state: "paused" }, now)).toBe("paused");
  });
});

describe("files", () => {
  test("quotes, breaks and what a spreadsheet would run", () => {
    const rows = [["m01", 'Ana "Nana", Silva', -5, null, true] as const, ["m02", "=1+1", 0.5, "a\nb", false] as const];
    expect(csvText(["id", "person", "micro", "at", "green"], rows)).toBe(
      'id,person,micro,at,green\r\nm01,"Ana ""Nana"", Silva",-5,,true\r\nm02,\'=1+1,0.5,"a\nb",false\r\n',
    );
  });

  test("instants in UTC", () => {
    expect(csvInstant(1_783_334_000)).toBe("2026-07-06T10:33:20Z");
    expect(csvInstant(null)).toBeNull();
  });

  test("sorting: numbers by size, texts by their digits, what is missing last", () => {
    expect([10, null, -2, 9].sort(compare)).toEqual([-2, 9, 10, null]);
    expect(["m10", "m2", "m1"].sort(compare)).toEqual(["m1", "m2", "m10"]);
    expect([true, false].sort(compare)).toEqual([false, true]);
  });
});

describe("axes", () => {
  test.each([
    [
      [0, 7_300, -4_000],
      [-4_000, -2_000, 0, 2_000, 4_000, 6_000, 8_000],
    ],
    [
      [90_000, 124_500],
      [0, 20_000, 40_000, 60_000, 80_000, 100_000, 120_000, 140_000],
    ],
    [[], [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [[3], [0, 1, 2, 3]],
  ])("%j", (values, ticks) => {
    const scale = scaleOf(values);
    expect(scale.ticks.map((tick) => Number(tick.toPrecision(12)))).toEqual(ticks);
    expect(scale.low).toBeLessThanOrEqual(Math.min(0, ...values));
    expect(scale.high).toBeGreaterThanOrEqual(Math.max(0, ...values));
    expect(scale.high).toBeGreaterThan(scale.low);
  });

  test("a line keeps its value over a period and has gaps", () => {
    const path = stepPath(
      [1, 2, null, 3],
      (index) => index * 10,
      (value) => value,
    );
    expect(path).toBe("M0 1H10V2H20M30 3H40");
  });

  test("labels stand where they have room", () => {
    expect(labelStride(24, 480, 46)).toBe(3);
    expect(labelStride(24, 2_000, 46)).toBe(1);
    expect(labelStride(96, 300, 46)).toBe(24);
  });
});

describe("tariffs", () => {
  test("the parts sum to the price, and one part is the tax in it", () => {
    const tariff = tariffOf({
      name: "flat",
      validFrom: "2026-01-01",
      bands: bandsOf(0.2214),
      vatPercent: 23,
      avoidedPercent: 90,
      feedIn: 0.03,
    });
    expect(tariff).toEqual({
      name: "flat",
      parts: [
        {
          kind: "energy",
          schedule: { bands: [[0, 180_000]], valid_from: "2026-01-01", valid_until: null },
          avoided_ppm: 900_000,
        },
        {
          kind: "vat",
          schedule: { bands: [[0, 41_400]], valid_from: "2026-01-01", valid_until: null },
          avoided_ppm: 900_000,
        },
      ],
      feed_in: [{ bands: [[0, 30_000]], valid_from: "2026-01-01", valid_until: null }],
    });
  });

  test("two prices a day, over midnight too", () => {
    const minutes = (from: number, until: number) =>
      bandsOf(0.16, { price: 0.24, from, until }).map(({ minute, price }) => [minute, price]);
    expect(minutes(480, 1_320)).toEqual([
      [0, 0.16],
      [480, 0.24],
      [1_320, 0.16],
    ]);
    expect(minutes(1_320, 480).sort(([a = 0], [b = 0]) => a - b)).toEqual([
      [0, 0.24],
      [480, 0.16],
      [1_320, 0.24],
    ]);
    expect(minutes(0, 480)).toEqual([
      [0, 0.24],
      [480, 0.16],
    ]);
    expect(minutes(480, 480)).toEqual([[0, 0.16]]);
  });

  test("a file that is no tariff is told from one that is", () => {
    expect(tariffFromFile('{"name": "x", "parts": [], "feed_in": []}')).toMatchObject({ name: "x" });
    expect(tariffFromFile('{"name": "x"}')).toBeUndefined();
    expect(tariffFromFile("not JSON")).toBeUndefined();
    expect(tariffFromFile("null")).toBeUndefined();
  });
});

describe("what is expected", () => {
  test("a band is one closed area for each run of periods that have both of its sides", () => {
    const x = (index: number): number => 10 * index;
    const y = (value: number): number => 100 - value;
    expect(bandPath([1, 2, null, 4], [5, 6, 7, 8], x, y)).toBe("M0 99V95H10V94H20V98H10V99H0ZM30 96V92H40V96H30Z");
    expect(bandPath([1], [null], x, y)).toBe("");
  });

  test("an axis has room for the band", () => {
    const series = { label: "", kind: "line" as const, tone: "sun" as const, values: [2, null], words: String };
    const band = { low: [1, null], high: [9, null], words: "" };
    expect(valuesOf({ title: "", height: 1, tick: String, series: [{ ...series, band }] })).toEqual([2, 1, 9]);
  });

  test("days are those of the market's zone", () => {
    const { expected, tomorrow } = golden<Community>("community");
    const hours = expected ? hoursOfDay(expected, tomorrow.day, "Europe/Lisbon") : [];
    expect(hours.map(({ start }) => start)).toEqual(Array.from({ length: 24 }, (_, n) => 1_783_378_800 + 3_600 * n));
  });
});
