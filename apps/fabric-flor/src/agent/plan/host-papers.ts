/** What is known of a node that serves something: the keys that it may show, and the labels of its services. */
import type { AnnounceBody } from "@florenetes/facts";

export interface HostPapers {
  /** SHA-256 hashes of public keys, in lower-case hex. */
  readonly keys: readonly string[];
  /** Labels by the names of services. */
  readonly labels: ReadonlyMap<string, number>;
}

/** The form in which papers are kept over restarts. */
export interface KeptPapers {
  readonly keys: readonly string[];
  readonly labels: Readonly<Record<string, number>>;
}

/** The papers of a node that has announced itself. */
export function papersOf(announce: AnnounceBody): HostPapers {
  return {
    keys: announce["spki-hashes"],
    labels: new Map(announce.services.map(({ service, label }) => [service, label])),
  };
}

export function keepPapers({ keys, labels }: HostPapers): KeptPapers {
  return { keys, labels: Object.fromEntries(labels) };
}

export function readPapers({ keys, labels }: KeptPapers): HostPapers {
  return { keys, labels: new Map(Object.entries(labels)) };
}

/**
 * A node as records have it. `node`: its record is in force, until then; `void`: it was taken back, and is let in nowhere; `unknown`: there
 * is no record of it.
 */
export type NodeStanding =
  | { readonly kind: "node"; readonly until: number }
  | { readonly kind: "void" }
  | { readonly kind: "unknown" };
