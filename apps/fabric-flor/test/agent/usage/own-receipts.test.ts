/** Receipts of a node follow its vertex and its clock. */
import { expect, test } from "vitest";
import { OwnReceipts } from "../../../src/agent/usage/own-receipts.ts";
import { newKey } from "../../demo-records.ts";
import { viewOf } from "../views.ts";
import { HOUR, HOUR_12, MINUTE, NOON } from "./metered-mesh.ts";

interface Scene {
  readonly receipts: OwnReceipts;
  /** Subjects of the receipts that were signed. */
  readonly signed: string[];
  readonly asked: () => number;
}

function newScene(): Scene {
  const signed: string[] = [];
  let asked = 0;
  const receipts = new OwnReceipts({
    cluster: "demo",
    node: "a",
    key: newKey("a"),
    coordinatorOf: () => undefined,
    askView: () => void asked++,
    onReceipt: (subject) => signed.push(subject),
  });
  return { receipts, signed, asked: () => asked };
}

const at = (wall: number) => ({ now: wall - NOON, wall });

test("an hour is closed once its end was read, or five minutes later", () => {
  const { receipts, signed, asked } = newScene();
  receipts.handleView(viewOf({ exchanged: [] }), at(NOON + MINUTE));
  expect(receipts.nextTimeout(at(NOON + MINUTE))).toBe(HOUR);
  receipts.advance(at(NOON + HOUR));
  expect([signed, asked(), receipts.nextTimeout(at(NOON + HOUR))]).toEqual([[], 1, HOUR + 5 * MINUTE]);
  receipts.handleView(viewOf({ exchanged: [] }), at(NOON + HOUR + 100));
  receipts.advance(at(NOON + HOUR + 100));
  expect(signed).toEqual([`${HOUR_12}/0/a`]);
  receipts.advance(at(NOON + 2 * HOUR));
  receipts.advance(at(NOON + 2 * HOUR + 5 * MINUTE));
  expect(signed).toEqual([`${HOUR_12}/0/a`, `${HOUR_12 + 1}/0/a`]);
});

test("a vertex that does not tell what its own connections exchange has no receipts: half a word would be taken for the whole", () => {
  const { receipts, signed } = newScene();
  receipts.handleView(viewOf({ exchanged: undefined }), at(NOON));
  receipts.advance(at(NOON + HOUR + 10 * MINUTE));
  expect([signed, receipts.nextTimeout(at(NOON))]).toEqual([[], Number.POSITIVE_INFINITY]);
});

test("a clock that was ahead for a while leaves no hours without receipts", () => {
  const { receipts, signed } = newScene();
  receipts.handleView(viewOf({ exchanged: [] }), at(NOON));
  receipts.handleView(viewOf({ exchanged: [] }), at(NOON + 30 * HOUR));
  receipts.advance(at(NOON + 30 * HOUR));
  signed.length = 0;
  receipts.handleView(viewOf({ exchanged: [] }), at(NOON + MINUTE));
  receipts.advance(at(NOON + MINUTE));
  receipts.handleView(viewOf({ exchanged: [] }), at(NOON + HOUR));
  receipts.advance(at(NOON + HOUR));
  expect(signed).toEqual([`${HOUR_12}/0/a`]);
});
