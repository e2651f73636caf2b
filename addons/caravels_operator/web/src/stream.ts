/** The panel's stream: says which topics changed, comes back by itself, and says when it is not there. */
import type { Changed, Heartbeat, Hello, Topic } from "./messages.generated";

export type StreamState = "connecting" | "live" | "away";
type Listener = (topics: ReadonlySet<Topic> | "all") => void;

type Socket = Pick<WebSocket, "close" | "onmessage" | "onclose">;

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** Three heartbeats of the operator's: a connection that says nothing for longer is dead, whatever the browser thinks. */
const SILENCE_MS = 60_000;

export class Stream {
  state: StreamState = "connecting";
  private socket: Socket | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private wait = FIRST_WAIT_MS;
  private seen = false;
  private readonly listeners = new Set<Listener>();
  private readonly watchers = new Set<() => void>();
  private readonly clocks = new Set<(now: number) => void>();

  /**
   * @param open opens a socket; a browser's own refuses by its close event alone
   * @param jitter a number from 0 to 1, so that many panels do not come back at once
   */
  constructor(
    private readonly open: () => Socket,
    private readonly jitter: () => number = Math.random,
  ) {}

  start(): void {
    if (this.socket) return;
    clearTimeout(this.timer);
    const socket = this.open();
    this.socket = socket;
    socket.onmessage = (event: MessageEvent<string>) => {
      if (socket === this.socket) this.receive(socket, event.data);
    };
    socket.onclose = () => this.lost(socket);
    this.listen(socket);
  }

  stop(): void {
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  /** Try now instead of at the end of the wait: the network is back, or the page is looked at again. */
  hurry(): void {
    if (this.state === "away") this.start();
  }

  /** Hear which topics changed; "all" after a gap. Returns how to stop. */
  onChange(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Hear that the state changed, or that another attempt failed. Returns how to stop. */
  onState(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** Hear the operator's clock [Unix s], as often as it says it. */
  onNow(clock: (now: number) => void): void {
    this.clocks.add(clock);
  }

  private receive(socket: Socket, data: string): void {
    this.listen(socket);
    const message = JSON.parse(data) as Hello | Changed | Heartbeat;
    if ("now" in message) for (const clock of this.clocks) clock(message.now);
    if (message.type === "hello") {
      this.wait = FIRST_WAIT_MS;
      this.change("live");
      // What was missed meanwhile is not known: everything may have changed.
      if (this.seen) this.tell("all");
      this.seen = true;
    } else if (message.type === "changed") {
      this.tell(new Set(message.topics));
    }
  }

  private listen(socket: Socket): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      this.lost(socket);
      socket.close();
    }, SILENCE_MS);
  }

  private lost(socket: Socket): void {
    if (socket !== this.socket) return;
    this.socket = null;
    clearTimeout(this.silence);
    this.change("away", true);
    this.timer = setTimeout(() => this.start(), this.wait * (0.5 + this.jitter() / 2));
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
  }

  private tell(topics: ReadonlySet<Topic> | "all"): void {
    for (const listener of [...this.listeners]) listener(topics);
  }

  private change(state: StreamState, again = false): void {
    if (state === this.state && !again) return;
    this.state = state;
    for (const watcher of [...this.watchers]) watcher();
  }
}
