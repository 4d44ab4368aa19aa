import { randomBytes } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { reasons, verdict } from "../../src/quic-link/reasons.ts";
import { Identities } from "./identities.ts";
import { areUp, type Pair, startPair, Wire } from "./wire.ts";

let ids: Identities;
let wire: Wire;
beforeEach(() => {
  ids = new Identities();
  wire = new Wire();
});

const pair = (): Pair => startPair(wire, ids);

describe("an endpoint that stops", () => {
  test("waits for no peer that it has never heard", async () => {
    const { a, b } = pair();
    a.want("c", "originator", "10.9.9.9:9");
    await wire.until("up", areUp({ a, b }));
    a.endpoint.links.unwantAll(verdict(reasons.stopping), wire.now);
    expect(a.endpoint.isLeaving).toBe(true);
    wire.step();
    expect(a.endpoint.isLeaving).toBe(false);
    expect(b.status("a")!.code).toBe("STOPPING");
  });

  test("lets nobody in any more", async () => {
    const { a, b } = pair();
    await wire.until("up", areUp({ a, b }));
    b.endpoint.strangers.close();
    b.endpoint.links.unwantAll(verdict(reasons.stopping), wire.now);
    await wire.until("told", () => a.status("b")!.code === "STOPPING");
    await wire.run(1_000);
    expect(a.endpoint.links.rows(wire.now)[0]!.attempts).toBeGreaterThan(1);
    expect(a.status("b")!.code, "not NOT_WANTED").toBe("STOPPING");
    expect(b.endpoint.strangers.drops.droppedNotAdmitted).toBeGreaterThan(0);
  });

  test("says so at once, though its window is full", async () => {
    wire.delayMs = 50;
    const { a, b } = pair();
    await wire.until("up", areUp({ a, b }));
    await wire.run(1_500);
    for (let i = 0; i < 400; i++) b.send("a", randomBytes(700));
    await wire.run(20);
    b.endpoint.links.unwantAll(verdict(reasons.stopping), wire.now);
    const ms = await wire.until("down", () => a.status("b")?.state === "down");
    expect(a.status("b")?.code).toBe("STOPPING");
    expect(ms).toBeLessThan(500);
    expect(b.endpoint.isLeaving).toBe(false);
  });
});
