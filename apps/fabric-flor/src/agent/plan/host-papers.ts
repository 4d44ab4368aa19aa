/** The papers of a node that serves something: the keys that it may show, and the labels of its services. */
import type { AnnounceBody, FactBook } from "@florenetes/facts";
import { announcedBy, fullServices } from "../records/announced.ts";
import { standingOf } from "../records/standing.ts";

export interface HostPapers {
  /** SHA-256 hashes of public keys, in lower-case hex. */
  readonly keys: readonly string[];
  /** Labels by the names of services. */
  readonly labels: ReadonlyMap<string, number>;
  /** Services that take nothing more, as the node says now: a former announcement says nothing of that. */
  readonly full: ReadonlySet<string>;
}

/** The form in which papers are kept over restarts. */
export interface KeptPapers {
  readonly keys: readonly string[];
  readonly labels: Readonly<Record<string, number>>;
}

/**
 * The papers of hosts and neighbours. What a node has announced counts until it announces something else, or its record falls: an announcement
 * ends after minutes, and a host whose agent is away serves on.
 */
export class KnownPapers {
  readonly #known: Map<string, HostPapers>;

  constructor(kept: Readonly<Record<string, KeptPapers>>) {
    this.#known = new Map(Object.entries(kept).map(([node, papers]) => [node, readPapers(papers)]));
  }

  /** Takes the records as they are now, for these nodes; all others are forgotten. */
  follow(nodes: ReadonlySet<string>, book: FactBook | undefined, now: number): void {
    for (const node of this.#known.keys()) {
      if (!nodes.has(node) || standingOf(book, node, now).kind !== "node") this.#known.delete(node);
    }
    for (const node of nodes) {
      const papers = announced(node, book, now);
      if (papers !== undefined) this.#known.set(node, { ...papers, full: new Set() });
    }
  }

  /** The papers of a node; undefined: nothing is known of it. */
  of(node: string, book: FactBook | undefined, now: number): HostPapers | undefined {
    return announced(node, book, now) ?? this.#known.get(node);
  }

  /** The papers that are to be kept over a restart. */
  kept(): Readonly<Record<string, KeptPapers>> {
    return Object.fromEntries([...this.#known].map(([node, papers]) => [node, keepPapers(papers)]));
  }
}

function announced(node: string, book: FactBook | undefined, now: number): HostPapers | undefined {
  const announce = announcedBy(book, node, now);
  return announce === undefined ? undefined : papersOf(announce);
}

/** The papers of a node that has announced itself. */
function papersOf(announce: AnnounceBody): HostPapers {
  return {
    keys: announce["spki-hashes"],
    labels: new Map(announce.services.map(({ service, label }) => [service, label])),
    full: new Set(fullServices(announce)),
  };
}

function keepPapers({ keys, labels }: HostPapers): KeptPapers {
  return { keys, labels: Object.fromEntries(labels) };
}

function readPapers({ keys, labels }: KeptPapers): HostPapers {
  return { keys, labels: new Map(Object.entries(labels)), full: new Set() };
}
