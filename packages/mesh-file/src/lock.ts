import { parseConfig } from "@florenetes/config-file";
import { stringify } from "yaml";
import { z } from "zod";
import { LABEL_MAX, LABEL_MIN } from "@florenetes/forwarding";
import type { MeshErrorCode } from "./mesh-errors.ts";
import { LABEL_RANGE, REMOVED_MAX } from "./limits.ts";

/**
 * The labels of a mesh, kept in a file beside the mesh file. A label is given only once in the whole mesh, so that no
 * node accepts a packet with a wrong label; and it is drawn at random, so that nobody behind a neighbour can guess one.
 */
export interface LabelLock {
  readonly cluster: string;
  /** Labels by purpose: the keys of `labelKeys`. */
  readonly labels: ReadonlyMap<string, number>;
  /** Labels of things that left the mesh, the longest gone first. They are given to nothing else. */
  readonly removed: ReadonlyMap<string, number>;
}

/** Returns a random integer from 0 up to but without the limit, as `randomInt` of node:crypto does. */
export type RandomBelow = (limit: number) => number;

const LOCK_VERSION = 2;

const lockLabels = z.record(z.string(), z.int().min(LABEL_MIN).max(LABEL_MAX));

const lockSchema = z.discriminatedUnion(
  "version",
  [
    // The earlier version, whose labels were counted upwards: `next` was the next one.
    z.strictObject({
      version: z.literal(1),
      cluster: z.string(),
      next: z.int().min(LABEL_MIN).max(LABEL_MAX),
      labels: lockLabels,
    }),
    z.strictObject({
      version: z.literal(LOCK_VERSION),
      cluster: z.string(),
      labels: lockLabels,
      removed: lockLabels.default({}),
    }),
  ],
  { error: "a lock file that is read here has version 1 or 2" },
);

const HEAD_COMMENT = `# The labels of the mesh file beside this one. Written by "flor mesh render"; keep both files together.
`;

export function emptyLock(cluster: string): LabelLock {
  return { cluster, labels: new Map(), removed: new Map() };
}

/**
 * Reads the text of a lock file, of this version or of the one before.
 *
 * @throws OperatorErrors when it is no lock file, or gives one label twice
 */
export function parseLock(text: string, file: string): LabelLock {
  const document = parseConfig(text, file, lockSchema);
  const lock = document.value;
  const labels = Object.entries(lock.labels);
  const removed = lock.version === LOCK_VERSION ? Object.entries(lock.removed) : [];
  const owners = new Map<number, string>();
  const entries = [
    ...labels.map(([key, label]) => ({ section: "labels", key, label })),
    ...removed.map(([key, label]) => ({ section: "removed", key, label })),
  ];
  for (const { section, key, label } of entries) {
    const owner = owners.get(label);
    if (owner !== undefined) {
      const advice = "Was the file merged by hand? Take one side whole, then render again.";
      document.problem(
        [section, key],
        "ERR_MESH_LOCK_CONFLICT" satisfies MeshErrorCode,
        `label ${label} is also that of "${owner}"`,
        advice,
      );
    }
    owners.set(label, key);
  }
  document.throwIfProblems();
  return { cluster: lock.cluster, labels: new Map(labels), removed: new Map(removed) };
}

/** The text of a lock file: equal locks give equal texts. */
export function formatLock({ cluster, labels, removed }: LabelLock): string {
  const sorted = [...labels].sort(([a], [b]) => (a < b ? -1 : 1));
  const document = {
    version: LOCK_VERSION,
    cluster,
    labels: Object.fromEntries(sorted),
    ...(removed.size === 0 ? {} : { removed: Object.fromEntries(removed) }),
  };
  return HEAD_COMMENT + stringify(document);
}

/**
 * Gives a label to each key: the one that it has or had, or one drawn at random from those that no key has or had.
 * Labels of keys that are gone are kept as removed.
 *
 * @throws RangeError when there are more keys than labels
 */
export function assignLabels(lock: LabelLock, keys: readonly string[], randomBelow: RandomBelow): LabelLock {
  const wanted = new Set(keys);
  if (wanted.size > LABEL_RANGE) throw new RangeError(`${wanted.size} labels are needed: there are ${LABEL_RANGE}`);
  const former = new Map([...lock.removed, ...lock.labels]);
  const gone = [...former].filter(([key]) => !wanted.has(key));
  const room = Math.min(REMOVED_MAX, LABEL_RANGE - wanted.size);
  const removed = new Map(gone.slice(Math.max(0, gone.length - room)));
  const labels = new Map<string, number>();
  const taken = new Set(removed.values());
  for (const key of wanted) {
    const label = former.get(key);
    if (label !== undefined) taken.add(label);
  }
  for (const key of wanted) {
    const label = former.get(key) ?? drawFree(taken, randomBelow);
    taken.add(label);
    labels.set(key, label);
  }
  return { cluster: lock.cluster, labels, removed };
}

function drawFree(taken: ReadonlySet<number>, randomBelow: RandomBelow): number {
  for (;;) {
    const label = LABEL_MIN + randomBelow(LABEL_RANGE);
    if (!taken.has(label)) return label;
  }
}
