import { parseConfig } from "@florenetes/process-kit";
import { stringify } from "yaml";
import { z } from "zod";
import { LABEL_MAX, LABEL_MIN } from "@florenetes/labels";
import type { MeshErrorCode } from "./mesh-errors.ts";
import { LABEL_FIRST } from "./limits.ts";

/**
 * The labels that a mesh has been given, kept in a file beside the mesh file. A label is given once in the whole mesh, so
 * that a packet with a wrong label finds nobody who knows it. Labels are counted upwards, which is why a removed one comes
 * back only after all others were used.
 */
export interface LabelLock {
  readonly cluster: string;
  /** Where the search for the next free label starts. */
  readonly next: number;
  /** Label by what it is for: see the keys below. */
  readonly labels: ReadonlyMap<string, number>;
}

const LOCK_VERSION = 1;

const lockSchema = z.strictObject({
  version: z.literal(LOCK_VERSION),
  cluster: z.string(),
  next: z.int().min(LABEL_MIN).max(LABEL_MAX),
  labels: z.record(z.string(), z.int().min(LABEL_MIN).max(LABEL_MAX)),
});

const HEAD_COMMENT = `# The labels of the mesh file beside this one. Written by "flor mesh render"; keep both files together.
`;

export function emptyLock(cluster: string): LabelLock {
  return { cluster, next: LABEL_FIRST, labels: new Map() };
}

/**
 * Reads the text of a lock file.
 *
 * @throws OperatorErrors when it is none, or when it gives one label twice
 */
export function parseLock(text: string, file: string): LabelLock {
  const document = parseConfig(text, file, lockSchema);
  const { cluster, next, labels } = document.value;
  const owners = new Map<number, string>();
  for (const [key, label] of Object.entries(labels)) {
    const owner = owners.get(label);
    if (owner !== undefined) {
      const advice = "Was the file merged by hand? Take one side whole, then render again.";
      document.problem(
        ["labels", key],
        "ERR_MESH_LOCK_CONFLICT" satisfies MeshErrorCode,
        `label ${label} is also that of "${owner}"`,
        advice,
      );
    }
    owners.set(label, key);
  }
  document.throwIfProblems();
  return { cluster, next, labels: new Map(Object.entries(labels)) };
}

/** The text of a lock file: the same lock gives the same text. */
export function formatLock(lock: LabelLock): string {
  const labels = Object.fromEntries([...lock.labels].sort(([a], [b]) => (a < b ? -1 : 1)));
  return HEAD_COMMENT + stringify({ version: LOCK_VERSION, cluster: lock.cluster, next: lock.next, labels });
}

/**
 * Gives a label to each key: the one it has, or the next one that no key of old or new has. What is no longer wanted is
 * forgotten.
 */
export function assignLabels(lock: LabelLock, keys: readonly string[]): LabelLock {
  const labels = new Map<string, number>();
  const taken = new Set(lock.labels.values());
  let next = lock.next;
  for (const key of keys) {
    let label = labels.get(key) ?? lock.labels.get(key);
    if (label === undefined) {
      label = findFree(next, taken);
      taken.add(label);
      next = label === LABEL_MAX ? LABEL_FIRST : label + 1;
    }
    labels.set(key, label);
  }
  return { cluster: lock.cluster, next, labels };
}

function findFree(from: number, taken: ReadonlySet<number>): number {
  for (let tried = 0, label = from; tried <= LABEL_MAX; tried++) {
    if (!taken.has(label)) return label;
    label = label === LABEL_MAX ? LABEL_MIN : label + 1;
  }
  throw new RangeError("all labels are taken");
}
