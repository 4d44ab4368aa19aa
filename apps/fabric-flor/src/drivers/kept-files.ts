import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Cursor, type FileChanges, type FileOwner, RecordFile, type StoredRow } from "@florenetes/facts";
import type { FeedCursors } from "@florenetes/feed";
import { isOperatorError } from "@florenetes/operator-text";
import { putFile, syncFolder } from "@florenetes/process-kit";
import { z } from "zod";
import type { KeptState } from "../agent/agent.ts";
import type { KeptRow } from "../agent/kept-row.ts";
import type { KeptPapers } from "../agent/plan/host-papers.ts";
import type { KeptRoutes } from "../agent/routes/kept-routes.ts";
import { KeptRows } from "./kept-rows.ts";
import { keepHelpFile } from "./help-file.ts";

const RECORDS_FILE = "records.db";
const PAPERS_FILE = "hosts.json";
const ROUTES_FILE = "routes.json";
const LEASES_FILE = "coordinator.db";
const USAGE_FILE = "usage.db";
const OUTCOMES_FILE = "outcomes.db";
const ORDERS_FILE = "orders.json";
const LINKS_FILE = "links.db";
/** Rows that are read at once. */
const ROWS_AT_ONCE = 1_000;

/** Why something could not be written. */
export interface WriteFault {
  readonly code: string;
  readonly text: string;
}

const papersForm: z.ZodType<Record<string, KeptPapers>> = z.record(
  z.string(),
  z.object({ keys: z.array(z.string()), labels: z.record(z.string(), z.number()) }),
);

const records = z.array(z.base64().transform((text): Uint8Array => Buffer.from(text, "base64")));
const routesForm: z.ZodType<KeptRoutes> = z.object({ leases: records, permits: records });

/** The files in which an agent keeps records, cursors, leases and permits, usage, and what it knows of hosts. What could not be written is written before anything else. */
export class KeptFiles implements Disposable {
  /** The file of records was not there. */
  readonly isNew: boolean;
  readonly databaseId: string;
  readonly #file: RecordFile;
  readonly #papersPath: string;
  readonly #routesPath: string;
  readonly #leases: KeptRows;
  readonly #usage: KeptRows;
  readonly #outcomes: KeptRows;
  readonly #ordersPath: string;
  readonly #links: KeptRows;
  readonly #pending: FileChanges[] = [];
  #fault: WriteFault | undefined;

  /** @throws an operator's error `ERR_FACTS_FILE…` */
  constructor(state: string, owner: FileOwner) {
    this.#file = RecordFile.open(join(state, RECORDS_FILE), owner);
    this.#papersPath = join(state, PAPERS_FILE);
    this.#routesPath = join(state, ROUTES_FILE);
    this.#leases = new KeptRows(join(state, LEASES_FILE));
    this.#usage = new KeptRows(join(state, USAGE_FILE));
    this.#outcomes = new KeptRows(join(state, OUTCOMES_FILE));
    this.#ordersPath = join(state, ORDERS_FILE);
    this.#links = new KeptRows(join(state, LINKS_FILE));
    this.isNew = this.#file.isNew;
    this.databaseId = this.#file.database;
  }

  /** Why the last write has failed; undefined: it has not. */
  get fault(): WriteFault | undefined {
    return this.#fault;
  }

  read(): KeptState {
    const rows: StoredRow[] = [];
    for (let more = this.#file.rows(0, ROWS_AT_ONCE); more.length > 0;) {
      rows.push(...more);
      more = this.#file.rows(rows.at(-1)!.sequence, ROWS_AT_ONCE);
    }
    return {
      rows,
      lastSequence: this.#file.lastSequence,
      marks: this.#file.marks(),
      ran: this.#file.ran(),
      cursors: cursorsByPeer(this.#file.cursors()),
      papers: readForm(this.#papersPath, papersForm) ?? {},
      routes: readForm(this.#routesPath, routesForm) ?? { leases: [], permits: [] },
      leases: this.#leases.read(),
      usage: this.#usage.read(),
      orders: readText(this.#ordersPath),
      outcomes: this.#outcomes.read(),
      links: this.#links.read(),
    };
  }

  /** Writes changes, behind those that could not be written. Returns whether all is on disk. */
  store(changes: FileChanges): boolean {
    this.#pending.push(changes);
    return this.writeAgain();
  }

  /** Writes what could not be written. Returns whether all is on disk. */
  writeAgain(): boolean {
    try {
      for (let [first] = this.#pending; first !== undefined; [first] = this.#pending) {
        this.#file.write(first);
        this.#pending.shift();
      }
      this.#fault = undefined;
    } catch (error) {
      if (!isOperatorError(error)) throw error;
      this.#fault = { code: error.code, text: error.message };
    }
    return this.#fault === undefined;
  }

  /** The papers of hosts are a help after a restart and no more: without it they are known again as soon as they announce themselves. */
  keep(papers: Readonly<Record<string, KeptPapers>>): void {
    keepHelpFile(this.#papersPath, JSON.stringify(papers));
  }

  /** Leases and permits are a help after a restart, too: coordinators that answer send them again. */
  keepRoutes({ leases, permits }: KeptRoutes): void {
    const texts = (all: readonly Uint8Array[]): string[] => all.map((octets) => Buffer.from(octets).toString("base64"));
    keepHelpFile(this.#routesPath, JSON.stringify({ leases: texts(leases), permits: texts(permits) }));
  }

  /** Leases and permits that this node has given as a coordinator. */
  keepLeases(rows: readonly KeptRow[]): void {
    this.#leases.keep(rows);
  }

  /** Usage: the state of the node's meter, and records that it holds. */
  keepUsage(rows: readonly KeptRow[]): void {
    this.#usage.keep(rows);
  }

  /** Outcomes of orders that this node holds as a control node. */
  keepOutcomes(rows: readonly KeptRow[]): void {
    this.#outcomes.keep(rows);
  }

  /** Marks of the orders that the node has taken: on the disk when this returns. Returns why they are not. */
  keepOrders(text: string): WriteFault | undefined {
    try {
      putFile(this.#ordersPath, text);
      // After a power cut the old file would let an order in again.
      syncFolder(dirname(this.#ordersPath));
      return undefined;
    } catch (error) {
      return { code: (error as NodeJS.ErrnoException).code ?? "", text: (error as Error).message };
    }
  }

  /** Endpoints by which links were up: hints for when nobody answers. */
  keepLinks(rows: readonly KeptRow[]): void {
    this.#links.keep(rows);
  }

  [Symbol.dispose](): void {
    this.#links[Symbol.dispose]();
    this.#outcomes[Symbol.dispose]();
    this.#usage[Symbol.dispose]();
    this.#leases[Symbol.dispose]();
    this.#file.close();
  }
}

/** The text of a file; undefined: there is none. A file that cannot be read is damaged, and is no JSON. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? undefined : "";
  }
}

/** The state that a file keeps; undefined: it is not there, or damaged. */
function readForm<Kept>(path: string, form: z.ZodType<Kept>): Kept | undefined {
  try {
    return form.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined;
  }
}

function cursorsByPeer(cursors: readonly Cursor[]): Map<string, FeedCursors> {
  const byPeer = new Map<string, FeedCursors>();
  for (const { peer, database: databaseId, section, sequence } of cursors) {
    const known = byPeer.get(peer);
    const isSame = known?.databaseId === databaseId;
    byPeer.set(peer, { databaseId, cursors: [...(isSame ? known.cursors : []), { section, sequence }] });
  }
  return byPeer;
}
