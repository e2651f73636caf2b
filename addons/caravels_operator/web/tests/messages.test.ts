/** TypeScript reads every golden message that Python writes: by the schema, and by its type. */
import { Ajv2020 } from "ajv/dist/2020.js";
import { default as formats } from "ajv-formats/dist/index.js";
import { describe, expect, test } from "vitest";
import protocolSchema from "../../../../docs/protocol.schema.json";
import panelSchema from "../panel.schema.json";
import { en } from "../src/i18n/en";
import type { Message } from "../src/protocol.generated";
import { goldenOf } from "./golden";

const ajv = new Ajv2020({ strict: false });
formats(ajv);
ajv.addSchema({ ...protocolSchema, $id: "protocol" });
ajv.addSchema({ ...panelSchema, $id: "panel" });

const className = (name: string): string =>
  name.replace(/(^|_)(\w)/g, (_, _before, letter: string) => letter.toUpperCase());

describe.each([
  ["protocol", goldenOf(""), Object.keys(protocolSchema.oneOf)],
  ["panel", goldenOf("panel").filter(([name]) => name !== "problems"), Object.keys(panelSchema.anyOf)],
])("%s", (schema, messages, kinds) => {
  test("every message of the schema has a golden one", () => {
    expect(messages).toHaveLength(kinds.length);
  });

  test.each(messages)("%s fits its own definition", (name, message) => {
    const validate = ajv.getSchema(`${schema}#/$defs/${className(name)}`);
    expect(validate?.(message), JSON.stringify(validate?.errors)).toBe(true);
  });

  test.each(messages)("%s without one of its fields, or with a text for a number, does not fit", (name, message) => {
    const validate = ajv.getSchema(`${schema}#/$defs/${className(name)}`);
    const definition = (schema === "panel" ? panelSchema : protocolSchema).$defs as Record<
      string,
      { required?: string[] }
    >;
    for (const field of definition[className(name)]?.required ?? []) {
      const rest = Object.entries(message as object).filter(([name]) => name !== field);
      expect(validate?.(Object.fromEntries(rest)), field).toBe(false);
    }
    for (const [field, value] of Object.entries(message as object)) {
      if (typeof value === "number")
        expect(validate?.({ ...(message as object), [field]: String(value) }), field).toBe(false);
    }
  });
});

test("every problem's code has words in this panel", () => {
  const problems = goldenOf("panel").find(([name]) => name === "problems")?.[1] as Record<string, string>;
  expect(Object.keys(problems).length).toBeGreaterThan(20);
  expect(Object.keys(problems).filter((code) => !(`error.${code}` in en))).toEqual([]);
});

/** What a reader does: one branch a type. The compiler refuses a branch that is missing, and fields that are not there. */
function told(message: Message): string | number {
  switch (message.type) {
    case "hello":
      return message.community;
    case "pair_request":
      return message.code;
    case "paired":
      return message.hello.currency;
    case "rotate_token":
      return message.token.length;
    case "token_rotated":
      return message.old_valid_until;
    case "problem":
      return message.code;
    case "stream_open":
      return message.seq;
    case "snapshot":
      return message.market_days.length;
    case "event":
      return message.body.type;
    case "acknowledge":
      return message.seq;
    case "market_day":
      return message.periods[1]?.origin ?? "";
    case "book":
      return message.bids[1]?.side ?? "";
    case "book_accepted":
      return message.revision;
    case "wishes":
      return message.friends.length;
    case "wishes_accepted":
      return message.stored_at;
    case "auction_result":
      return message.trades[0]?.counterparty ?? "";
    case "trade_answer":
      return message.trade.wh;
    case "reading_batch":
      return message.readings[1]?.quality ?? "";
    case "readings_accepted":
      return message.stored;
    case "forecast_report":
      return message.consumption_wh[2] ?? 0;
    case "forecast_accepted":
      return String(message.latest);
    case "model_offer":
      return message.version;
    case "model_file":
      return message.data;
    case "model_report":
      return message.skill_last_week ?? "";
    case "model_report_accepted":
      return "stored";
    case "statement":
      return message.total_micro;
    case "month_statement":
      return message.month;
    case "leave":
      return "";
    case "left":
      return message.bound_trades;
    default:
      return message satisfies never;
  }
}

test("each golden message is told apart by its type", () => {
  const values = Object.fromEntries(goldenOf("").map(([name, message]) => [name, told(message as Message)]));
  expect(values).toMatchObject({
    acknowledge: 19,
    auction_result: "m07",
    book: "sell",
    event: "statement",
    hello: "Rua das Caravelas",
    forecast_report: 1030,
    market_day: "previous_day",
    model_offer: "2026.11.1",
    model_report: 214,
    month_statement: "2026-03",
    paired: "EUR",
    problem: "gate_closed",
    reading_batch: "estimated",
    readings_accepted: 2,
    rotate_token: 43,
    snapshot: 1,
  });
  expect(Object.values(values)).not.toContain(undefined);
});
