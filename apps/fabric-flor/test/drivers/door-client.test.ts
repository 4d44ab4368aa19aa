import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OperatorError } from "@florenetes/operator-text";
import { openAdminServer } from "@florenetes/process-kit";
import { afterAll, beforeEach, expect, test } from "vitest";
import type { OverlayOrder } from "../../src/agent/door/door-sync.ts";
import { askDoor } from "../../src/drivers/door-client.ts";
import { viewOf } from "../agent/views.ts";
import { FakeDoor } from "./fake-door.ts";

const root = mkdtempSync(join(tmpdir(), "florenetes-door-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(root, "t")), "door.sock");
});

const order = (base: number): OverlayOrder => ({
  base,
  life: { startedAt: 1, id: "00" },
  paths: [],
  leads: [],
  pins: { "service/web": ["aa"] },
});

test("the view, with members that this version does not know left out", async () => {
  await using door = await new FakeDoor(path).open();
  door.view = Object.assign(viewOf({ generation: 7 }), { schema: 1, later: "member" });
  expect(await askDoor(path, { kind: "view" })).toEqual({ kind: "view", view: viewOf({ generation: 7 }) });
});

test("an order, and a refusal with its code, words and advice", async () => {
  await using door = await new FakeDoor(path).open();
  expect(await askDoor(path, { kind: "post", order: order(1) })).toEqual({ kind: "posted" });
  expect(door.orders).toEqual([order(1)]);
  expect(await askDoor(path, { kind: "post", order: order(1) })).toEqual({
    kind: "refused",
    fault: { code: "ERR_OVERLAY_BASE", text: "another overlay came in between", advice: "Read the view again." },
  });
});

test("events, as soon as there is one", async () => {
  await using door = await new FakeDoor(path).open();
  const answer = askDoor(path, { kind: "events", after: 1 });
  setTimeout(() => door.change({}), 20);
  expect(await answer).toMatchObject({ kind: "events", events: { next: 2, lost: false, events: [{ n: 2 }] } });
});

test("no door, one that goes in the middle of a question, and one of other words", async () => {
  const isAway = (request: string, code: string) => ({ kind: "away", request, fault: { code } });
  expect(await askDoor(path, { kind: "view" })).toMatchObject(isAway("view", "ERR_ADMIN_NOT_RUNNING"));
  const door = await new FakeDoor(path).open();
  let asked!: () => void;
  const isAsked = new Promise<void>((done) => (asked = done));
  door.before = () => {
    asked();
    return new Promise(() => undefined);
  };
  const answer = askDoor(path, { kind: "events", after: 1 });
  await isAsked;
  await door.close();
  expect(await answer).toMatchObject(isAway("events", "ERR_ADMIN_ANSWER"));
  await using _other = await openAdminServer({ path, routes: { "/view": () => ({ links: "none" }) } });
  expect(await askDoor(path, { kind: "view" })).toMatchObject(isAway("view", "ERR_ADMIN_ANSWER"));
  expect(await askDoor(path, { kind: "post", order: order(1) })).toMatchObject(isAway("post", "ERR_ADMIN_ANSWER"));
});

test("an order that is refused by another code than a door's has not been looked at", async () => {
  await using door = await new FakeDoor(path).open();
  door.before = () => {
    throw new OperatorError("ERR_OTHER", "not now", { advice: "Wait." });
  };
  expect(await askDoor(path, { kind: "post", order: order(1) })).toMatchObject({ kind: "away", request: "post" });
});
