/** Nodes and links of a coordinator's world: what is theirs, and how they misbehave. */
import type { DeviceProfile } from "@florenetes/facts";
import type { Acknowledgement, Outcome } from "@florenetes/feed";
import { type CheckedLease, HeldPermits } from "@florenetes/routes";
import { newKey, type TestKey } from "../../demo-records.ts";

export interface WorldLink {
  readonly ends: readonly [string, string];
  readonly labels: ReadonlyMap<string, number>;
  roundTrip: number;
  isUp: boolean;
}

export class WorldNode {
  readonly name: string;
  readonly key: TestKey;
  readonly links = new Map<number, WorldLink>();
  readonly permits = new HeldPermits();
  /** The newest lease to each host. */
  readonly leases = new Map<string, CheckedLease>();
  /** The rate that its owner lets it carry for others, in kbit/s; undefined: it is no relay. */
  offer: number | undefined;
  /** The device that its profiles tell of; undefined: it tells none. */
  device: DeviceProfile | undefined;
  /** Its vertex knows shares, and its profile says so. */
  knowsShares = false;
  hosts: readonly string[] = [];
  /** Whether the node announces a public endpoint. */
  isPublic = false;
  /** The part of its packets that a report says are lost, in millionths. */
  loss = 0;
  /** Nodes that it was asked to call. */
  readonly asked: string[] = [];
  isUp = true;
  /** Permits are refused, or nobody answers them. */
  refuses = false;
  isDeaf = false;
  /** The time between two of its letters, at the least. */
  letterMs = 1_000;
  /** Its reports name no lease, as those of another coordinator are in use. */
  isQuiet = false;
  /** The node drops packets that it should pass on. */
  drops = false;
  epoch = 0;
  /** Letters that were refused, by their outcomes. */
  readonly outcomes: Outcome[] = [];
  readonly told: Acknowledgement[] = [];
  acknowledged: Acknowledgement[] = [];
  reportAt = 0;
  open: number | undefined;
  sentAt = Number.NEGATIVE_INFINITY;
  isFirst = true;

  constructor(name: string) {
    this.name = name;
    this.key = newKey(name);
  }
}
