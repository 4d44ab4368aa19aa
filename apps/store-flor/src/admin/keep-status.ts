import { type Finding, foreignText, formatDuration, warning } from "@florenetes/operator-text";
import { countNouns, formatBytes } from "@florenetes/process-kit";
import type { KeptKind } from "../config/keep-section.ts";
import { FAILURES_TOLD } from "../keep/limits.ts";
import { type CollectionStatus, collectionFindings, collectionLines } from "./gateway-status.ts";

/** The part of the status of a process that keeps the fabric's log, usage and audit. */
export interface KeepStatus {
  /** The code of why the agent says nothing of collections; null: it does. */
  readonly agentFault: string | null;
  /** The collection, and how its holders stand. */
  readonly collections: readonly CollectionStatus[];
  /** Why the file of cursors is not written, or was not read; null: it is. */
  readonly fileFault: string | null;
  readonly kinds: readonly KeptKindStatus[];
}

/** How far one kind is. */
export interface KeptKindStatus {
  readonly kind: KeptKind;
  /** The last piece that is kept, also of a life before; null: none is, or nobody knows. */
  readonly last: { readonly name: string; readonly keptAt: string } | null;
  /** Its age. */
  readonly ageMs: number | null;
  /** Since when something may be there that is not kept: all was kept then, or the process began. */
  readonly behindMs: number;
  /** Why the last try came to nothing; null: it did not. */
  readonly fault: { readonly code: string; readonly text: string } | null;
  /** Pieces that were kept, their octets before they were sealed, and tries that came to nothing. */
  readonly pieces: number;
  readonly octets: number;
  readonly failures: number;
  /** Tries that came to nothing since one that did not. */
  readonly failuresInRow: number;
}

/** Says what is wrong with what is kept. Pure. */
export function* keepFindings({ agentFault, collections, fileFault, kinds }: KeepStatus): Generator<Finding> {
  yield* collectionFindings(agentFault, collections);
  if (fileFault !== null) {
    const text = `it is not noted how far all is kept (${foreignText(fileFault, TEXT_LENGTH_MAX)})`;
    yield warning(text, "Make room on the disk of `state`. After a restart all is kept once more, which does no harm.");
  }
  for (const { kind, last, ageMs, fault, failuresInRow } of kinds) {
    // A program that begins, or a holder that does, is nobody's to mend.
    if (fault === null || failuresInRow < FAILURES_TOLD) continue;
    const since = last === null ? "nothing of it is" : `its last piece is ${formatDuration(ageMs!)} old`;
    const text = `the ${kind} is not kept (${fault.code}: ${fault.text}); ${since}`;
    yield warning(text, "It is tried again by itself: look at the program that has it, and at the holders.");
  }
}

/** Lines for people. */
export function keepLines({ collections, kinds }: KeepStatus): readonly string[] {
  return [
    ...kinds.map(({ kind, last, ageMs, behindMs, pieces, octets, failures, fault }) => {
      const piece = last === null ? "nothing kept" : `last piece ${formatDuration(ageMs!)} ago, ${last.name}`;
      const counts = `${countNouns({ piece: pieces })}, ${formatBytes(octets)}; failed ${failures} times`;
      const reason = fault === null ? "" : ` (${fault.code})`;
      return `kept ${kind}: ${piece}; looked at ${formatDuration(behindMs)} ago; ${counts}${reason}`;
    }),
    ...collectionLines(collections),
  ];
}

const TEXT_LENGTH_MAX = 100;
