/** What is asked of the operator, one function a path. Paths are relative: ingress serves the panel below its own. */
import type {
  Community,
  GateMoved,
  Link,
  Login,
  Market,
  MemberRow,
  Members,
  NewMember,
  Problem,
  Session,
} from "./messages.generated";

/** A refusal: `code` is translated; `sentence` is the operator's own English for codes that this panel does not know. */
export class PanelError extends Error {
  constructor(
    readonly code: string,
    readonly sentence: string,
    readonly detail = "",
  ) {
    super(sentence);
  }
}

/** Every write carries this header, which another site's page cannot set. */
const WRITE_HEADERS = { "Content-Type": "application/json", "X-Caravels-Panel": "1" };

const address = (path: string): URL => new URL(`api/${path}`, document.baseURI);

async function ask<T>(path: string, request: RequestInit): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(address(path), { credentials: "same-origin", cache: "no-store", ...request });
  } catch (error) {
    if (request.signal?.aborted) throw error;
    throw new PanelError("unreachable", "The operator cannot be reached.", String(error));
  }
  const body: unknown = await answer.json().catch(() => undefined);
  if (answer.ok && body !== undefined) return body as T;
  throw problemOf(answer.status, body);
}

function problemOf(status: number, body: unknown): PanelError {
  const { code, sentence, detail } = (body ?? {}) as Partial<Problem>;
  if (typeof code === "string") return new PanelError(code, sentence ?? "", detail);
  // not the operator's own answer: a proxy before it, as ingress is while the app starts
  return new PanelError("unreachable", "The operator cannot be reached.", `HTTP ${status}`);
}

const get = <T>(path: string, signal?: AbortSignal): Promise<T> => ask<T>(path, signal ? { signal } : {});
const post = <T>(path: string, body: object = {}): Promise<T> =>
  ask<T>(path, { method: "POST", headers: WRITE_HEADERS, body: JSON.stringify(body) });
const member = (id: string, act: string): string => `members/${encodeURIComponent(id)}/${act}`;

export const api = {
  session: () => get<Session>("session"),
  login: (login: Login) => post<Session>("login", login),
  logout: () => post<Session>("logout"),
  community: (signal?: AbortSignal) => get<Community>("community", signal),
  members: (signal?: AbortSignal) => get<Members>("members", signal),
  enrol: (newMember: NewMember) => post<MemberRow>("members", newMember),
  link: (id: string) => post<Link>(member(id, "link")),
  revoke: (id: string) => post<MemberRow>(member(id, "revoke")),
  erase: (id: string) => post<MemberRow>(member(id, "erase")),
  market: (day: string | undefined, signal?: AbortSignal) =>
    get<Market>(day ? `market?day=${encodeURIComponent(day)}` : "market", signal),
  closeGate: (day: string) => post<GateMoved>(`market/${day}/close`, { day }),
};

export function openStream(): WebSocket {
  const url = address("stream");
  url.protocol = url.protocol.replace("http", "ws");
  return new WebSocket(url);
}
