/** Opens the store that a config names, and the file in which the agent keeps how far it has read. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type LogHead, type LogStore, openEtcdStore, openSqliteStore } from "@florenetes/facts/log";
import { z } from "zod";
import type { StoreConfig } from "../config/fabric-config.ts";
import { readEtcdFiles } from "../config/store-files.ts";

export interface LogPlace {
  readonly cluster: string;
  /** The log's name. */
  readonly name: string;
  /** The state folder. */
  readonly state: string;
}

/** Opens a store. Throws an operator's error. */
export function openStore(config: StoreConfig, { cluster, name, state }: LogPlace): LogStore {
  if (config.kind === "sqlite") return openSqliteStore({ path: join(state, `log-${name}.db`), cluster, name });
  return openEtcdStore({ cluster, name, urls: config.urls, ...readEtcdFiles(config) });
}

const seenForm = z.object({
  cluster: z.string(),
  log: z.string(),
  index: z.int().min(1),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});

/**
 * The last entry that was read, in a file: so an old copy that is put back while the agent is away is told. A file that is lost or damaged costs that alone.
 */
export class SeenFile {
  readonly #path: string;
  readonly #place: LogPlace;

  constructor(place: LogPlace) {
    this.#place = place;
    this.#path = join(place.state, `log-${place.name}.json`);
  }

  read(): LogHead | undefined {
    try {
      const { cluster, log, index, hash } = seenForm.parse(JSON.parse(readFileSync(this.#path, "utf8")));
      return cluster === this.#place.cluster && log === this.#place.name ? { index, hash } : undefined;
    } catch {
      return undefined;
    }
  }

  keep({ index, hash }: LogHead): void {
    const draft = `${this.#path}.draft`;
    try {
      writeFileSync(
        draft,
        `${JSON.stringify({ cluster: this.#place.cluster, log: this.#place.name, index, hash })}\n`,
        { mode: 0o600 },
      );
      renameSync(draft, this.#path);
    } catch {
      // A disk that takes nothing is told by what has to be on it.
    }
  }
}
