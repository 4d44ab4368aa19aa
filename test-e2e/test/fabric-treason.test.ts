/*
 *   b ───── a ───── c     c is a traitor: it has one operator's key, edits its own database, and lies to a as a neighbour
 *           │
 *           d             a workload on a uses a service on b meanwhile, and no honest node changes
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { type Envelope, readEnvelope, writeEnvelope } from "@florenetes/facts";
import type { FabricLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { isSoak } from "@florenetes/simkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flood, hello, HostileFeed, records } from "../src/hostile-feed.ts";
import { PATIENCE, PATIENCE_MS } from "../src/patience.ts";
import { WebFabric } from "../src/web-fabric.ts";

interface Facts {
  readonly facts: readonly { readonly id: string; readonly kind: string }[];
}
interface Status {
  readonly records: { readonly judged: Readonly<Record<string, number>> };
  readonly findings: readonly { readonly text: string }[];
}

const HONEST = ["a", "b", "d"];
/** Turns of treason, and the time of each: ten minutes in a long run. */
const TURNS = isSoak ? 60 : 1;
const TURN_MS = isSoak ? 10_000 : 1_500;
const ENVELOPE_HEADER_SIZE = 5;

let web: WebFabric;
let fabric: FabricLab;
/** Records that a quorum has signed once: `web` at c, `gone` before it was taken back. */
let replays: readonly Buffer[];

const statusOf = async (node: string): Promise<Status> => (await fabric.status(node)) as Status;

/** Ids of all that is in force at a node. Announcements are renewed by themselves. */
async function inForce(node: string, query = ""): Promise<readonly string[]> {
  const { facts } = (await requestAdmin(fabric.adminOf(node), `/facts${query}`)) as Facts;
  return facts.flatMap(({ id, kind }) => (kind === "announce" ? [] : [id])).toSorted();
}

/** How many entries of that code there are in the log of a node's agent. */
const entriesOf = (node: string, code: string): number =>
  readFileSync(fabric.logFile(node), "utf8").split(`"code":"${code}"`).length - 1;
const fallen = (node: string): number => entriesOf(node, "RECORD_FELL");

/** Records that a single operator's key has signed: alone, and as if it were two. */
function byStolenKey(): readonly Buffer[] {
  const alone = [
    fabric.sign("service", "web", hostedBy("c"), 1),
    fabric.sign("service", "gone", hostedBy("c"), 1),
    fabric.sign("role", "c/control-plane/default", { actions: [], services: [], depth: 0 }, 1),
  ];
  return [...alone, ...alone.map(signedTwice)];
}

/** The one signature of a record, and a second copy of it. */
function signedTwice(octets: Buffer): Buffer {
  const before = envelopeOf(octets).payload.length + ENVELOPE_HEADER_SIZE;
  return Buffer.concat([
    octets.subarray(0, before),
    Buffer.of(2),
    octets.subarray(before + 1),
    octets.subarray(before + 1),
  ]);
}

function envelopeOf(octets: Uint8Array): Envelope {
  const envelope = readEnvelope(octets);
  if (typeof envelope === "string") throw new Error(`a record of the test is not in form: ${envelope}`);
  return envelope;
}

const hostedBy = (node: string): Parameters<typeof fabric.sign<"service">>[2] => ({
  aliases: [],
  mode: "active-active",
  classes: [],
  hosts: [{ node, priority: 0, weight: 1 }],
});

/** Puts forged and old records into the database of c's agent, which is not running, in the place of what came after them. */
function editDatabase(forged: readonly Uint8Array[]): void {
  const base = new DatabaseSync(join(dirname(fabric.controlOf("c")), "fabric-state", "records.db"));
  try {
    base.exec("DELETE FROM rows WHERE section = 'public' OR section = 'entry'");
    const put = base.prepare("INSERT OR REPLACE INTO rows (id, section, octets) VALUES (?, 'public', ?)");
    for (const octets of [...forged, ...replays]) put.run(randomBytes(32).toString("hex"), octets);
  } finally {
    base.close();
  }
}

/** The records, each with its signatures altered. */
const forgedCopies = (all: readonly Uint8Array[]): readonly Buffer[] =>
  all.map((octets) => {
    const { payload, signatures } = envelopeOf(octets);
    return writeEnvelope({ payload, signatures: signatures.map(({ keyId }) => ({ keyId, octets: randomBytes(64) })) });
  });

beforeAll(async () => {
  web = await WebFabric.open("treason", ["b", "c", "d"]);
  ({ fabric } = web);
});
afterAll(() => web?.[Symbol.asyncDispose]());

test("a service that a quorum has moved, and one that it has taken back", async () => {
  replays = [fabric.signService("web", ["c"]), fabric.signService("gone", ["c"])];
  await fabric.publish("a", replays);
  await expect.poll(() => web.ask(), PATIENCE).toBe("c");
  const newest = [fabric.signService("web", ["b"]), fabric.signVoid("service", "gone")];
  await fabric.publish("a", newest);
  await expect.poll(() => web.ask(), PATIENCE).toBe("b");
  // Records of nodes are papers, which nobody passes on.
  const services = await inForce("a", "?kind=service");
  for (const node of HONEST) await expect.poll(() => inForce(node, "?kind=service"), PATIENCE).toEqual(services);
});

test(
  "an operator's key, an edited database, a lying neighbour and old records change no honest node, and each is told",
  { timeout: TURNS * (TURN_MS + PATIENCE_MS) },
  async () => {
    const before = await Promise.all(HONEST.map((node) => inForce(node)));
    const fell = HONEST.map(fallen);
    const answers = new Set<string>();
    const stolen = byStolenKey();
    const lies = [...stolen, ...replays, ...forgedCopies([...stolen.slice(0, 3), ...replays])];
    for (let turn = 0; turn < TURNS; turn++) {
      // Everybody is handed what the stolen key has signed, and says which quorum is missing.
      for (const node of HONEST) {
        const { records: told } = (await fabric.publish(node, stolen.slice(0, 3))) as {
          records: readonly { reason: string }[];
        };
        expect(told.map(({ reason }) => reason)).toEqual(["quorum", "quorum", "quorum"]);
      }
      // The captured replica runs on what was made of its database.
      await fabric.kill("c");
      const rowsRefused = entriesOf("c", "ROW_REFUSED");
      editDatabase(lies);
      fabric.start("c");
      await fabric.untilReady("c");
      await expect.poll(() => entriesOf("c", "ROW_REFUSED"), PATIENCE).toBeGreaterThan(rowsRefused);
      answers.add(await web.ask());
      // Then it is no agent any more, and sends what it likes.
      await fabric.kill("c");
      let at = 0;
      const opened = await HostileFeed.listen(join(dirname(fabric.controlOf("c")), "fabric-agent.sock"), (stream) => {
        stream.resume();
        stream.write(hello("c"));
        flood(stream, () => records(0, [lies[at++ % lies.length]!]));
      });
      await using _feed = opened;
      await expect
        .poll(async () => (await statusOf("a")).findings.map(({ text }) => text), PATIENCE)
        .toContainEqual(expect.stringMatching(/^the agent of c is muted \(.+\)/));
      const ends = performance.now() + TURN_MS;
      while (performance.now() < ends) {
        answers.add(await web.ask());
        await sleep(100);
      }
      expect(await Promise.all(HONEST.map((node) => inForce(node)))).toEqual(before);
    }
    expect([...answers]).toEqual(["b"]);
    const { judged } = (await statusOf("a")).records;
    for (const reason of ["quorum", "signature"]) expect(judged[reason]).toBeGreaterThan(0);
    expect(HONEST.map(fallen)).toEqual(fell);
  },
);
