/** Asking the operator: what is sent, what a refusal becomes, and which answer counts. */
import type { ReactiveControllerHost } from "lit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { api, PanelError } from "../src/api";
import type { Members, Session } from "../src/messages.generated";
import { Resource } from "../src/resource";
import { surroundings } from "../src/surroundings";
import { golden } from "./golden";

const fetched = vi.fn<typeof fetch>();
const answer = (body: unknown, status = 200): Response => new Response(JSON.stringify(body), { status });
const refusal = (code: string, status: number): Response =>
  answer({ code, sentence: "In English.", detail: "why" }, status);

beforeEach(() => {
  vi.stubGlobal("fetch", fetched.mockReset());
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe("requests", () => {
  const sent = (): [url: string, request: RequestInit] => {
    const [url, request] = fetched.mock.calls.at(-1) ?? expect.fail("nothing was asked");
    if (!(url instanceof URL)) expect.fail("an address is a URL");
    return [url.pathname + url.search, request ?? {}];
  };

  test("stay below the page's own path", async () => {
    const base = document.head.appendChild(document.createElement("base"));
    base.href = "https://home.example/api/hassio_ingress/T0KEN/";
    fetched.mockResolvedValue(answer(golden("market")));
    await api.market("2026-07-06");
    base.remove();
    expect(sent()[0]).toBe("/api/hassio_ingress/T0KEN/api/market?day=2026-07-06");
  });

  test("that write carry the header which another site cannot set, and the day once more", async () => {
    fetched.mockResolvedValue(answer(golden("gate_moved")));
    await api.closeGate("2026-07-07");
    expect(sent()).toMatchObject([
      expect.stringMatching(/api\/market\/2026-07-07\/close$/),
      { method: "POST", headers: { "X-Caravels-Panel": "1" }, body: JSON.stringify(golden("close_gate")) },
    ]);
  });

  test("an id cannot leave its place in the path", async () => {
    fetched.mockResolvedValue(answer(golden("member_row")));
    await api.revoke("../market");
    expect(sent()[0]).toMatch(/api\/members\/\.\.%2Fmarket\/revoke$/);
  });
});

describe("refusals", () => {
  const problem = async (): Promise<PanelError> => {
    const error: unknown = await api.session().catch((caught: unknown) => caught);
    return error instanceof PanelError ? error : expect.fail("nothing was refused");
  };

  test("are known by their code, and said in the person's language", async () => {
    fetched.mockResolvedValue(refusal("gate_has_closed", 409));
    const error = await problem();
    expect(error).toMatchObject({ code: "gate_has_closed", detail: "why" });
    expect(surroundings.sentenceOf(error)).toBe("The auction of this day was cleared already.");
  });

  test("of a code that this page does not know are said in the operator's words", async () => {
    fetched.mockResolvedValue(refusal("from_the_future", 409));
    expect(surroundings.sentenceOf(await problem())).toBe("In English.");
  });

  test.each([
    [
      "a proxy's page instead of the operator's answer",
      () => Promise.resolve(new Response("<h1>502</h1>", { status: 502 })),
    ],
    ["a page where data should be", () => Promise.resolve(new Response("<html></html>"))],
    ["no answer at all", () => Promise.reject(new TypeError("Failed to fetch"))],
  ])("%s means that the operator is not reached", async (_, reply) => {
    fetched.mockImplementation(reply);
    expect((await problem()).code).toBe("unreachable");
  });
});

describe("what a page shows", () => {
  const host = { addController: vi.fn(), requestUpdate: vi.fn() } as unknown as ReactiveControllerHost;
  const members = golden<Members>("members");

  test("the last question's answer counts, however late an earlier one comes", async () => {
    let comesLate: (value: { name: string }) => void = () => expect.fail("nothing was asked");
    const late = new Promise<{ name: string }>((resolve) => (comesLate = resolve));
    const load = vi
      .fn<() => Promise<{ name: string }>>()
      .mockReturnValueOnce(late)
      .mockResolvedValueOnce({ name: "new" });
    const resource = new Resource(host, load, ["members"]);
    const first = resource.reload();
    await resource.reload();
    comesLate({ name: "old" });
    await first;
    expect(resource.value).toEqual({ name: "new" });
    expect(resource.loading).toBe(false);
  });

  test("what was there stays while asking fails", async () => {
    fetched
      .mockResolvedValueOnce(answer(members))
      .mockResolvedValueOnce(refusal("internal", 500))
      .mockResolvedValueOnce(answer(members));
    const resource = new Resource(host, () => api.members(), ["members"]);
    await resource.reload();
    await resource.reload();
    expect(resource.value).toEqual(members);
    expect(resource.problem).toMatchObject({ code: "internal" });
    await resource.reload();
    expect(resource.problem).toBeUndefined();
  });

  test("a session that has ended leads to the login", async () => {
    surroundings.setSession(golden<Session>("session"));
    fetched.mockResolvedValue(refusal("login_needed", 401));
    await new Resource(host, () => api.members(), ["members"]).reload();
    expect(surroundings.session?.known).toBe(false);
  });

  test("the operator's clock is taken from what it says", async () => {
    fetched.mockResolvedValue(answer(golden("market")));
    await new Resource(host, () => api.market(undefined), ["market"]).reload();
    expect(Math.abs(surroundings.now() - 1_783_334_000)).toBeLessThan(5);
  });
});
