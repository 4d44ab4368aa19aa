import type { EventFields, Logger } from "@florenetes/process-kit";
import { expect, test } from "vitest";
import { ClusterPortal } from "../src/portal/cluster-portal.ts";

/** A portal whose lines and time are in the test's hands. */
function openPortal() {
  const lines: EventFields[] = [];
  const warnings: string[] = [];
  const note = (event: EventFields): number => lines.push(event);
  const warn = (event: EventFields, text: string): void => {
    lines.push(event);
    warnings.push(text);
  };
  const log: Logger = { debug: note, info: note, warn, error: note, child: () => log };
  const wakeUps = { soon: () => {}, timer: () => ({ set: () => {}, close: () => {} }) };
  const clock = { now: 0 };
  const portal = new ClusterPortal({
    cluster: "demo",
    principal: "a",
    instance: { startedAt: 1, id: "l1" },
    linkMtuMax: 1_420,
    transit: { seed: 1 },
    log,
    time: { now: () => clock.now, wallClock: () => new Date(clock.now), wakeUps },
  });
  const base = { tag: "0", preferredMtu: 0, text: "", isCongested: false };
  return {
    portal,
    lines,
    warnings,
    clock,
    tell: (state: "connecting" | "down" | "refused", code: string, text = "") =>
      portal.onStatus({ ...base, peer: "b", state, handle: 0, mtu: 0, code, text }),
    tellUp: (peer: string, handle: number) =>
      portal.onStatus({ ...base, peer, state: "up", handle, mtu: 1400, code: "" }),
    tellDown: (peer: string) => portal.onStatus({ ...base, peer, state: "down", handle: 0, mtu: 0, code: "CLOSED" }),
  };
}

test("links are counted by their present states", () => {
  const { portal, tellUp, tellDown } = openPortal();
  expect(portal.linksUp()).toEqual({ up: 0, wanted: 0 });
  tellUp("b", 1);
  tellUp("c", 2);
  tellDown("d");
  expect(portal.linksUp()).toEqual({ up: 2, wanted: 3 });
  tellDown("c");
  expect(portal.linksUp()).toEqual({ up: 1, wanted: 3 });
});

test("a link that is lost, and one that is refused for good, is a warning that names the neighbour", () => {
  const { warnings, tell, tellUp } = openPortal();
  tell("connecting", "");
  tell("down", "NO_ANSWER", "nothing answers at the endpoint");
  tell("refused", "NOT_WANTED");
  expect(warnings).toEqual([]);
  tell("refused", "ROLE_CONFLICT", "both ends are configured as originator");
  tellUp("b", 1);
  tell("down", "SILENT", "nothing was heard from the other end");
  tell("down", "NO_ANSWER", "nothing answers at the endpoint");
  expect(warnings).toEqual([
    "link to b is refused: both ends are configured as originator",
    "link to b is down: nothing was heard from the other end",
  ]);
});

test("a neighbour that comes and goes fills no log, and silences no other", () => {
  const { lines, clock, tellUp, tellDown } = openPortal();
  const tell = (peer: string, handle: number): void => {
    tellUp(peer, handle);
    tellDown(peer);
  };

  for (let handle = 1; handle <= 1000; handle++) tell("b", handle);
  expect(lines.length).toBe(40);
  tell("c", 5);
  expect(lines.slice(40)).toMatchObject([
    { code: "LINK_UP", peer: "c" },
    { code: "LINK_DOWN", peer: "c" },
  ]);
  clock.now = 10_000;
  tell("b", 1001);
  expect(lines.slice(42)).toMatchObject([
    { code: "LINK_UP", peer: "b", suppressed: 980 },
    { code: "LINK_DOWN", peer: "b", reason: "CLOSED", suppressed: 980 },
  ]);
});
