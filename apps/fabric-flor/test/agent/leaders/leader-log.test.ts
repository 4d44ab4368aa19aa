/** The log of leaders against records: whose entries count. */
import { entriesAfter, originOf } from "@florenetes/facts/log";
import { expect, test } from "vitest";
import { LeaderLog, leaderLogName } from "../../../src/agent/leaders/leader-log.ts";
import { keyOfSlot } from "../../../src/agent/leaders/leader-slot.ts";
import { DAY, newKey } from "../../demo-records.ts";
import { bookOf, NOW, record, rootOf } from "../programs/program-scene.ts";

const SLOT = { scope: "cluster", service: "web" };
const KEY = keyOfSlot(SLOT);
const VOID = { void: true, body: {}, expires: NOW + 30 * DAY };
const k = newKey("k");

/** A log in which k, whose role has not come here, has named x; read by l, which is a coordinator. */
function scene() {
  const book = bookOf(rootOf("production", 2), "l");
  const take = (members: object): void => {
    const judgement = book.offer(record(members), NOW);
    if (!judgement.isAccepted) throw new Error(judgement.reason);
    log.table.review(0);
  };
  const options = { cluster: "demo", partition: "north", book: () => book, needed: () => 1 };
  const log = new LeaderLog({ ...options, node: "l", key: newKey("l") });
  const node = (name: string, key: string): object => {
    return { kind: "node", subject: name, body: { key, organization: "acme", partition: "north", "trust-tier": 1 } };
  };
  take(node("k", k.key));
  const entry = new LeaderLog({ ...options, node: "k", key: k }).write(SLOT, "x", 1, NOW);
  const entries = entriesAfter(originOf("demo", leaderLogName("north")), [entry]);
  log.handleEntries(
    entries.map(({ octets }) => octets),
    entries.at(-1)!,
    0,
    NOW,
  );
  return { log, take };
}
const role = { kind: "role", subject: "k/route-coordinator/north", body: { actions: [], services: [], depth: 0 } };

test("an entry of somebody whose role may be on its way has the service disputed, until the role is there", () => {
  const { log, take } = scene();
  expect([log.table.isDisputed(KEY), log.table.leaderOf(KEY)]).toEqual([true, undefined]);
  take(role);
  expect([log.table.isDisputed(KEY), log.table.leaderOf(KEY)?.host]).toEqual([false, "x"]);
});

test("an entry of somebody whose role was taken back counts for nothing, and the next leader is not the first one", () => {
  const { log, take } = scene();
  take({ ...role, ...VOID, epoch: 2 });
  expect([log.table.isDisputed(KEY), log.table.leaderOf(KEY)]).toEqual([false, undefined]);
  // A higher epoch lets the coordinator in again, and its entry with it.
  take({ ...role, epoch: 3 });
  expect(log.table.leaderOf(KEY)).toMatchObject({ host: "x", isFirst: false });
});
