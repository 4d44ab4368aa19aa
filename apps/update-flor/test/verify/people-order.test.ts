import { writeRecordText } from "@florenetes/facts";
import {
  addSignatures,
  makeSigningKey,
  proposeRecord,
  proposeRoot,
  proposeVoid,
  requireRecord,
  type SigningKey,
} from "@florenetes/facts/authoring";
import { expect, test } from "vitest";
import { orderOf, type PeoplesOrder, type TakenOrders } from "../../src/verify/people-order.ts";
import { authorityOf } from "../../src/verify/record-verdict.ts";

const NOW = Date.parse("2026-11-30T12:00:00.000Z");
const DAY_MS = 86_400_000;
const keys = (name: string): SigningKey[] => [1, 2].map((at) => makeSigningKey(`${name}-${at}`));
const [roots, control, update] = [keys("root"), keys("control"), keys("update")];
const authorities = { root: { keys: roots }, control: { keys: control }, update: { keys: update } };
const root = addSignatures(proposeRoot({ cluster: "example", authorities, now: NOW - DAY_MS }), roots);
const pin = { cluster: "example", fingerprint: requireRecord(root).id, now: NOW };

function order(node: string, action: string, epoch = 5, signers = control): Buffer {
  const of = { cluster: "example", kind: "order", subject: node, epoch, now: NOW - 1 } as const;
  return addSignatures(proposeRecord({ ...of, body: { action: action as "back" } }), signers);
}

function judged(text: string, taken: TakenOrders = {}, now = NOW): PeoplesOrder {
  return orderOf(text, authorityOf(writeRecordText(root), pin, undefined), { node: "r1", now, taken });
}

test("an order of the control quorum for this node is carried out, where none of a higher epoch was", () => {
  for (const action of ["back", "restart"])
    expect(judged(writeRecordText(order("r1", action)), { cluster: 4, "org/acme": 9 })).toMatchObject({ action });
});

test.each<[string, () => PeoplesOrder, string]>([
  ["of another node", () => judged(writeRecordText(order("r2", "back"))), "none for this node"],
  ["that was taken", () => judged(writeRecordText(order("r1", "back")), { cluster: 5 }), "one of epoch 5 was taken"],
  ["that has ended", () => judged(writeRecordText(order("r1", "back")), {}, NOW + DAY_MS), "(expired)"],
  ["that one has signed", () => judged(writeRecordText(order("r1", "back", 5, control.slice(1)))), "(quorum)"],
  ["of another quorum", () => judged(writeRecordText(order("r1", "back", 5, update))), "("],
  ["that the agent carries out", () => judged(writeRecordText(order("r1", "rejoin"))), "not for update-flor"],
  [
    "that is taken back",
    () => {
      const after = requireRecord(order("r1", "back"));
      return judged(
        writeRecordText(
          addSignatures(
            proposeVoid({ cluster: "example", kind: "order", subject: "r1", after, now: NOW - 1 }),
            control,
          ),
        ),
      );
    },
    "it is taken back",
  ],
  ["with another record", () => judged(writeRecordText(order("r1", "back")).repeat(2)), "not one record"],
  ["of another kind", () => judged(writeRecordText(root)), ""],
])("an order %s is not carried out", (_name, judging, why) => {
  expect(judging).toThrow(
    expect.objectContaining({ code: "ERR_UPDATE_ORDER", message: expect.stringContaining(why) as string }) as Error,
  );
});
