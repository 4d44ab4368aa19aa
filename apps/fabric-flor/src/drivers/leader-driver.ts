/** The store of leaders, and the vertex's door for grants, as the agent's room of leaders has them used. */
import { entriesAfter, LogError, type LogHead, type LogStore } from "@florenetes/facts/log";
import { isOperatorError, OperatorError } from "@florenetes/operator-text";
import { requestAdmin } from "@florenetes/process-kit";
import { leaderLogName } from "../agent/leaders/leader-log.ts";
import type { LeaderOrder, LeaderResult } from "../agent/leaders/leader-orders.ts";
import type { StoreConfig } from "../config/fabric-config.ts";
import { openStore } from "./log-store.ts";

export interface LeaderDriverOptions {
  readonly cluster: string;
  /** The state folder. */
  readonly state: string;
  /** The partition that the node coordinates, and its store; undefined: the node names no leaders. */
  readonly store: { readonly partition: string; readonly config: StoreConfig } | undefined;
  /** Path of the vertex's door. */
  readonly door: () => string;
  readonly onResult: (result: LeaderResult) => void;
}

/** Entries that are read at a time. */
const READ_COUNT = 256;

export class LeaderDriver implements Disposable {
  readonly #options: LeaderDriverOptions;
  #store: LogStore | undefined;
  #isClosed = false;

  constructor(options: LeaderDriverOptions) {
    this.#options = options;
  }

  perform(order: LeaderOrder): void {
    void this.#result(order).then((result) => {
      if (!this.#isClosed) this.#options.onResult(result);
    });
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#store?.close();
  }

  async #result(order: LeaderOrder): Promise<LeaderResult> {
    switch (order.kind) {
      case "look":
        return { kind: "looked", read: await this.#orUndefined((store) => read(store, order.behind)) };
      case "append":
        await this.#orUndefined((store) => store.append(order.behind, entriesAfter(order.behind, [order.record])));
        return { kind: "appended" };
      default:
        return { kind: "granted", isTaken: await this.#grant(order.order) };
    }
  }

  async #grant(order: object): Promise<boolean> {
    try {
      await requestAdmin(this.#options.door(), "/grants", { method: "POST", body: JSON.stringify(order) });
      return true;
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      return false;
    }
  }

  /** Undefined where the store is away. A store that could not be opened is tried again the next time. */
  async #orUndefined<Result>(act: (store: LogStore) => Promise<Result>): Promise<Result | undefined> {
    const { cluster, state, store: place } = this.#options;
    if (place === undefined) return undefined;
    try {
      this.#store ??= openStore(place.config, { cluster, state, name: leaderLogName(place.partition) });
      return await act(this.#store);
    } catch (error) {
      if (error instanceof LogError || isOperatorError(error)) return undefined;
      throw error;
    }
  }
}

/** All entries behind one, up to the head that the store has by then: undefined where it is not sure to have all. */
async function read(
  store: LogStore,
  behind: LogHead,
): Promise<{ readonly head: LogHead; readonly entries: readonly Uint8Array[] } | undefined> {
  const { head, isCurrent } = await store.head();
  if (!isCurrent) return undefined;
  const entries: Uint8Array[] = [];
  while (behind.index + entries.length < head.index) {
    const from = behind.index + entries.length + 1;
    const { entries: more } = await store.read(from, Math.min(READ_COUNT, head.index - from + 1));
    if (more.length === 0) return undefined;
    entries.push(...more);
  }
  return { head, entries };
}
