/** Root descriptors that a node is to begin with. */
import { recordIdOf } from "../../src/envelope.ts";
import type { Reason } from "../../src/reasons.ts";
import { factOf } from "../held.ts";
import * as make from "../records.ts";
import { DAY, NOW } from "../records.ts";
import { altered, development, root1 } from "./scene.ts";

export interface TrustCase {
  readonly name: string;
  readonly record: Uint8Array;
  readonly fingerprint: string;
  readonly now: number;
  readonly development: boolean;
  /** Undefined: trusted. */
  readonly reason: Reason | undefined;
}

const pinned = { fingerprint: factOf(root1).id, now: NOW, development: false, reason: undefined };
const asDevelopment = { fingerprint: factOf(development).id, development: true };
const byOne = make.root(make.rootBody(), {}, make.root1.slice(0, 1));

export const trustCases: readonly TrustCase[] = [
  { ...pinned, name: "the pinned root", record: root1 },
  { ...pinned, name: "the pinned root, which has ended", record: root1, now: NOW + 350 * DAY },
  { ...pinned, name: "a development root", record: development, ...asDevelopment },
  { ...pinned, name: "no root", record: make.record({}), reason: "authority" },
  { ...pinned, name: "a root that is cut off", record: root1.subarray(0, 500), reason: "envelope" },
  { ...pinned, name: "a root from the future", record: root1, now: NOW - 3 * DAY, reason: "future" },
  {
    ...pinned,
    name: "another root",
    record: root1,
    fingerprint: recordIdOf(Buffer.from("{}")),
    reason: "fingerprint",
  },
  {
    ...pinned,
    name: "a development root where the config does not take it",
    record: development,
    ...asDevelopment,
    development: false,
    reason: "development",
  },
  { ...pinned, name: "a root with one signature of two", record: byOne, reason: "quorum" },
  { ...pinned, name: "a root with a wrong signature", record: altered(root1, -150, 1), reason: "signature" },
];
