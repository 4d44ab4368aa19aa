import { setTimeout as sleep } from "node:timers/promises";
import type { VpnProcesses } from "@florenetes/meshlab";
import { now } from "@florenetes/workloads";
import { EXITS } from "../terrain.ts";

const LOOK_MS = 100;

interface EgressStatus {
  readonly egress: { readonly clients: number };
}

/** Sees which exit has the client, and tells the routing of the world. */
export class ExitWatch implements Disposable {
  /** The times at which another exit had the client. */
  readonly takeovers: number[] = [];
  readonly #vpn: VpnProcesses;
  readonly #onExit: (exit: string) => void;
  readonly #ending = new AbortController();
  readonly #serving = new Set<string>();
  #current = "";

  constructor(vpn: VpnProcesses, onExit: (exit: string) => void) {
    this.#vpn = vpn;
    this.#onExit = onExit;
    void this.#look();
  }

  /** The exit that has had the client last; empty: none yet. */
  get current(): string {
    return this.#current;
  }

  [Symbol.dispose](): void {
    this.#ending.abort();
  }

  async #look(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      for (const exit of EXITS) {
        const status = (await this.#vpn.status(exit).catch(() => undefined)) as EgressStatus | undefined;
        if (signal.aborted) return;
        if (status?.egress.clients !== 1) this.#serving.delete(exit);
        else if (!this.#serving.has(exit)) {
          this.#serving.add(exit);
          this.#lead(exit);
        }
      }
      await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
    }
  }

  #lead(exit: string): void {
    if (this.#current !== "" && this.#current !== exit) this.takeovers.push(now());
    this.#current = exit;
    this.#onExit(exit);
  }
}
