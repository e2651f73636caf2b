import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Topic } from "../src/messages.generated";
import { Stream } from "../src/stream";
import { golden } from "./golden";

class FakeSocket {
  onmessage: ((event: MessageEvent<string>) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  closed = false;

  close(): void {
    this.closed = true;
  }

  hear(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) } as MessageEvent<string>);
  }

  drop(): void {
    this.onclose?.({} as CloseEvent);
  }
}

let sockets: FakeSocket[] = [];
let stream: Stream;
let heard: (Topic[] | "all")[];
const last = (): FakeSocket => sockets.at(-1) ?? expect.fail("no socket was opened");

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  heard = [];
  stream = new Stream(
    () => {
      sockets.push(new FakeSocket());
      return last();
    },
    () => 1,
  );
  stream.onChange((topics) => heard.push(topics === "all" ? topics : [...topics]));
});
afterEach(() => {
  stream.stop();
  vi.useRealTimers();
});

describe("the stream", () => {
  test("is live once the operator has spoken, not before", () => {
    stream.start();
    expect(stream.state).toBe("connecting");
    last().hear(golden("hello"));
    expect(stream.state).toBe("live");
    expect(heard).toEqual([]);
  });

  test("says which topics changed", () => {
    stream.start();
    last().hear(golden("hello"));
    last().hear(golden("changed"));
    expect(heard).toEqual([["community", "market"]]);
  });

  test("gives the operator's clock", () => {
    const clock = vi.fn<(now: number) => void>();
    stream.onNow(clock);
    stream.start();
    last().hear(golden("hello"));
    last().hear(golden("heartbeat"));
    expect(clock.mock.calls).toEqual([[1_783_334_000], [1_783_334_020]]);
  });

  test("comes back by itself, and everything counts as changed", () => {
    stream.start();
    last().hear(golden("hello"));
    last().drop();
    expect(stream.state).toBe("away");
    vi.advanceTimersByTime(999);
    expect(sockets).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(sockets).toHaveLength(2);
    expect(stream.state).toBe("away");
    last().hear(golden("hello"));
    expect(stream.state).toBe("live");
    expect(heard).toEqual(["all"]);
  });

  test("waits twice as long each time, half a minute at most, and anew after a success", () => {
    stream.start();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 8; attempt++) {
      const before = Date.now();
      last().drop();
      vi.advanceTimersToNextTimer();
      waits.push(Date.now() - before);
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    last().hear(golden("hello"));
    last().drop();
    vi.advanceTimersByTime(1_000);
    expect(sockets).toHaveLength(10);
  });

  test("every failed attempt is told: it may be the session that has ended", () => {
    const watcher = vi.fn();
    stream.onState(watcher);
    stream.start();
    last().drop();
    vi.advanceTimersByTime(1_000);
    last().drop();
    expect(watcher).toHaveBeenCalledTimes(2);
  });

  test("a connection cut without a word is found by its silence", () => {
    stream.start();
    last().hear(golden("hello"));
    vi.advanceTimersByTime(59_000);
    last().hear(golden("heartbeat"));
    vi.advanceTimersByTime(59_000);
    expect(stream.state).toBe("live");
    vi.advanceTimersByTime(1_000);
    expect(stream.state).toBe("away");
    expect(sockets[0]?.closed).toBe(true);
    sockets[0]?.drop(); // its late close changes nothing
    vi.advanceTimersByTime(1_000);
    expect(sockets).toHaveLength(2);
  });

  test("is in a hurry only where it is away", () => {
    stream.start();
    stream.hurry();
    expect(sockets).toHaveLength(1);
    last().drop();
    stream.hurry();
    expect(sockets).toHaveLength(2);
    vi.advanceTimersByTime(5_000);
    expect(sockets).toHaveLength(2);
  });

  test("stopped, it stays away", () => {
    stream.start();
    stream.stop();
    expect(last().closed).toBe(true);
    last().drop();
    vi.advanceTimersByTime(100_000);
    expect(sockets).toHaveLength(1);
  });

  test("a listener that left hears nothing", () => {
    const listener = vi.fn();
    const leave = stream.onChange(listener);
    leave();
    stream.start();
    last().hear(golden("changed"));
    expect(listener).not.toHaveBeenCalled();
  });
});
