import type { EventFields, Logger } from "@florenetes/process-kit";
import { expect, test } from "vitest";
import { ClusterPortal } from "../src/portal/cluster-portal.ts";

test("a neighbour that comes and goes fills no log, and silences no other", () => {
  let time = 0;
  const lines: EventFields[] = [];
  const note = (event: EventFields): number => lines.push(event);
  const log: Logger = { debug: note, info: note, warn: note, error: note, child: () => log };
  const wakeUps = { soon: () => {}, timer: () => ({ set: () => {}, close: () => {} }) };
  const portal = new ClusterPortal({
    cluster: "demo",
    principal: "a",
    instance: { startedAt: 1, id: "l1" },
    linkMtuMax: 1_420,
    transit: { seed: 1 },
    log,
    time: { now: () => time, wallClock: () => new Date(time), wakeUps },
  });
  const tell = (peer: string, handle: number): void => {
    const base = { peer, tag: "0", preferredMtu: 0, text: "", isCongested: false };
    portal.onStatus({ ...base, state: "up", handle, mtu: 1400, code: "" });
    portal.onStatus({ ...base, state: "down", handle: 0, mtu: 0, code: "CLOSED" });
  };

  for (let handle = 1; handle <= 1000; handle++) tell("b", handle);
  expect(lines.length).toBe(40);
  tell("c", 5);
  expect(lines.slice(40)).toMatchObject([
    { code: "LINK_UP", peer: "c" },
    { code: "LINK_DOWN", peer: "c" },
  ]);
  time = 10_000;
  tell("b", 1001);
  expect(lines.slice(42)).toMatchObject([
    { code: "LINK_UP", peer: "b", suppressed: 980 },
    { code: "LINK_DOWN", peer: "b", reason: "CLOSED", suppressed: 980 },
  ]);
});
