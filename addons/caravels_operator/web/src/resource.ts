/** What a page shows: asked when it appears, again when the stream says that it changed, and kept while asking fails. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import { PanelError } from "./api";
import type { Topic } from "./messages.generated";
import { surroundings } from "./surroundings";

export class Resource<T extends object> implements ReactiveController {
  value: T | undefined;
  problem: unknown;
  loading = false;
  private stopped = new AbortController();
  private unsubscribe: (() => void) | undefined;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly load: (signal: AbortSignal) => Promise<T>,
    private readonly topics: readonly Topic[],
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.unsubscribe = surroundings.stream.onChange((topics) => {
      if (topics === "all" || this.topics.some((topic) => topics.has(topic))) void this.reload();
    });
    void this.reload();
  }

  hostDisconnected(): void {
    this.unsubscribe?.();
    this.stopped.abort();
  }

  /** Ask again; an answer still under way is not waited for. */
  async reload(): Promise<void> {
    this.stopped.abort();
    const { signal } = (this.stopped = new AbortController());
    this.loading = true;
    this.host.requestUpdate();
    try {
      const value = await this.load(signal);
      if (signal.aborted) return;
      if ("now" in value && typeof value.now === "number") surroundings.synchronise(value.now);
      this.value = value;
      this.problem = undefined;
    } catch (error) {
      if (signal.aborted) return;
      this.problem = error;
      if (isLoginNeeded(error) && surroundings.session) {
        surroundings.setSession({ ...surroundings.session, known: false });
      }
    }
    this.loading = false;
    this.host.requestUpdate();
  }
}

function isLoginNeeded(error: unknown): boolean {
  return error instanceof PanelError && error.code === "login_needed";
}
