/** Opens the store that a config names, and the file in which the agent keeps how far it has read. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type LogHead, type LogStore, openEtcdStore, openSqliteStore } from "@florenetes/facts/log";
import { z } from "zod";
import type { StoreConfig } from "../config/fabric-config.ts";
import { readEtcdFiles } from "../config/store-files.ts";
import { keepHelpFile } from "./help-file.ts";

export interface LogPlace {
  readonly cluster: string;
  /** The log's name. */
  readonly name: string;
  /** The state folder. */
  readonly state: string;
}

/** A store, and an id by which it is known again: that of the file, or the addresses of etcd. */
export type KnownStore = LogStore & { readonly id: string };

/** Opens a store. Throws an operator's error. */
export function openStore(config: StoreConfig, { cluster, name, state }: LogPlace): KnownStore {
  if (config.kind === "sqlite") return openSqliteStore({ path: join(state, `log-${name}.db`), cluster, name });
  const store = openEtcdStore({ cluster, name, urls: config.urls, ...readEtcdFiles(config) });
  return Object.assign(store, { id: config.urls.toSorted().join(" ") });
}

const seenForm = z.object({
  cluster: z.string(),
  log: z.string(),
  store: z.string(),
  index: z.int().min(1),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});

/**
 * The last entry that was read, in a file: so an old copy that is put back while the agent is away is told. A file that is lost or damaged costs that alone.
 * An entry of another store says nothing of this one, which may be new.
 */
export class SeenFile {
  readonly #path: string;
  readonly #place: LogPlace;
  readonly #store: string;

  /** @param store The store's id */
  constructor(place: LogPlace, store: string) {
    this.#place = place;
    this.#store = store;
    this.#path = join(place.state, `log-${place.name}.json`);
  }

  read(): LogHead | undefined {
    try {
      const { cluster, log, store, index, hash } = seenForm.parse(JSON.parse(readFileSync(this.#path, "utf8")));
      const isOwn = cluster === this.#place.cluster && log === this.#place.name && store === this.#store;
      return isOwn ? { index, hash } : undefined;
    } catch {
      return undefined;
    }
  }

  keep({ index, hash }: LogHead): void {
    const { cluster, name: log } = this.#place;
    keepHelpFile(this.#path, `${JSON.stringify({ cluster, log, store: this.#store, index, hash })}\n`);
  }
}
