import { setTimeout as sleep } from "node:timers/promises";
import type { FabricLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import type { Switch } from "../switches.ts";

/** The door answers after some seconds, even where nothing has happened. */
const ANSWER_MS_MAX = 10_000;
const AGAIN_MS = 200;
const LOOK_MS = 1_000;

interface Events {
  readonly next: number;
  readonly events: readonly ({ readonly kind: string } & Switch)[];
}

/** Takes down what the cluster vertices of users tell of their routes, until it is disposed of. */
export class SwitchWatch implements Disposable {
  readonly switches: Switch[] = [];
  /** Looks at the routes in use, by their first node. */
  readonly looks: Map<string, number> = new Map<string, number>();
  readonly #fabric: FabricLab;
  readonly #ending = new AbortController();

  constructor(fabric: FabricLab, nodes: readonly string[]) {
    this.#fabric = fabric;
    for (const node of nodes) {
      void this.#hear(node);
      void this.#look(node);
    }
  }

  [Symbol.dispose](): void {
    this.#ending.abort();
  }

  async #hear(node: string): Promise<void> {
    let after: number | undefined;
    while (!this.#ending.signal.aborted) {
      try {
        const route = `/events?after=${after ?? 0}`;
        const heard = await requestAdmin(this.#fabric.doorOf(node), route, {
          method: "POST",
          timeoutMs: ANSWER_MS_MAX,
        });
        const { next, events } = heard as Events;
        // Events from before the watch are none of its own.
        if (after !== undefined) this.switches.push(...events.filter(({ kind }) => kind === "switch"));
        after = next;
      } catch {
        await sleep(AGAIN_MS);
      }
    }
  }

  async #look(node: string): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      const routes = await this.#fabric.routesOf(node).catch(() => []);
      for (const { route, inUse } of routes) {
        const [first = ""] = route.split(">");
        if (inUse.length > 0) this.looks.set(first, (this.looks.get(first) ?? 0) + 1);
      }
      await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
    }
  }
}
