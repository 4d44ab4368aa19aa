/*
 *             ┌── b
 *   alice a ──┼── c     the control API is at b and c, and moves to e: requests, streams of events and the console's page go on
 *             └── e
 */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { hasBrowser, openBrowser } from "../src/browser.ts";
import { ConsolePage } from "../src/console-page.ts";
import { ControlFabric, type Replica, SPARE } from "../src/control-fabric.ts";
import { faultUnder, type LoadPlan, type Outage } from "../src/http-load.ts";
import { moveService } from "../src/moved-service.ts";
import { PATIENCE } from "../src/patience.ts";

/** Requests a second of each of two readers: as many as the API lets one have. */
const RATE = 100;
const READERS = ["alice", "bob"] as const;
/** Another replica is to answer within 3 s. Where the machine is busy, a request itself takes seconds. */
const ANSWERED_MS = 10_000;

let control: ControlFabric;
beforeAll(async () => {
  control = await ControlFabric.open({ spares: [SPARE] });
  for (const who of READERS) {
    await vi.waitFor(async () => expect((await control.ask("/v1/verdict", who)).status).toBe(200), PATIENCE);
  }
});
afterAll(() => control?.[Symbol.asyncDispose]());

function under(name: string, fault: (serving: string) => Promise<void>): Promise<Outage> {
  const plans = READERS.map((who): LoadPlan => {
    return { words: [`${control.addresses[who]}/v1/verdict`, String(RATE)], serverOf: replicaIn };
  });
  return faultUnder(name, plans, fault);
}

/** The replica that an answer, or an event, says that it is of. */
function replicaIn(text: string): Replica {
  return /"replica":"(\w+)"/.exec(text)![1]! as Replica;
}

/** Reads a stream of events for as long as it is open, and keeps the replicas that they are of. */
async function follow(replicas: Replica[]): Promise<void> {
  const { body } = await fetch(`${control.addresses.alice}/v1/events`);
  let rest = "";
  for await (const part of body!.pipeThrough(new TextDecoderStream())) {
    const events = (rest + part).split("\n\n");
    rest = events.pop()!;
    replicas.push(...events.filter((event) => event.includes("event: ")).map(replicaIn));
  }
}

describe("the control API under 200 requests a second", () => {
  test("its replica is killed: the other one answers", async () => {
    const outage = await under("a replica is killed", (serving) => control.kill(serving as Replica));
    expect(outage.answeredMs).toBeLessThan(ANSWERED_MS);
    await control.start(outage.former as Replica);
  });

  test("it is moved by one record: no request is lost, and the page and a stream of events go on", async () => {
    const browser = hasBrowser("the console of a fabric that moves") ? await openBrowser() : undefined;
    const page = browser && (await ConsolePage.open(browser, control.addresses.alice));
    const shown = async (): Promise<string | undefined> => (await page?.verdict())?.at(-1);
    const told: Replica[] = [];
    const following = follow(told).catch(() => {});
    try {
      await expect.poll(() => told.length, PATIENCE).toBeGreaterThan(0);
      const from = told[0]!;
      if (page !== undefined) await expect.poll(shown, PATIENCE).toBe(from);
      const outage = await under("a record moves the API", () => move(from));
      expect(outage).toMatchObject({ former: from, lostInFlight: 0, lostLater: 0 });
      // Whoever had a stream before is told by it what changes behind the move.
      const before = told.length;
      await control.fabric.publish("a", [control.fabric.signService("nothing", ["a"])]);
      await expect.poll(() => told.length, PATIENCE).toBeGreaterThan(before);
      expect(new Set(told)).toEqual(new Set([from]));
      page?.handleGone();
      await control.kill(from);
      await following;
      if (page !== undefined) await expect.poll(shown, PATIENCE).toBe(outage.latter);
      if (page !== undefined) await expect.poll(() => page.age(), PATIENCE).toBe("Up to date.");
    } finally {
      await page?.[Symbol.asyncDispose]();
      await browser?.close();
    }
  });
});

function move(from: Replica): Promise<void> {
  return moveService(control.lab, control.fabric, "control-api", from, SPARE);
}
