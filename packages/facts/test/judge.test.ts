import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { judge, trustRoot } from "../src/judge.ts";
import { type Reason, REASONS } from "../src/reasons.ts";
import { cases } from "./cases.ts";
import { trustCases } from "./cases/trust.ts";
import { authorityOf, heldOf } from "./held.ts";
import { vectorsFile, vectorsText } from "./vectors.ts";

test.each(cases.map((example) => [example.reason ?? "accepted", example.name, example] as const))(
  "%s: %s",
  (_, __, { record, roots, held, now, development, reason, waits }) => {
    const judgement = judge(record, { authority: authorityOf(roots), held: heldOf(held), now, development });
    expect(judgement.isAccepted ? undefined : judgement.reason).toBe(reason);
    expect(judgement.isAccepted ? judgement.waits : undefined).toBe(waits);
  },
);

test.each(trustCases.map((example) => [example.reason ?? "trusted", example.name, example] as const))(
  "to begin with, %s: %s",
  (_, __, { record, fingerprint, now, development, reason }) => {
    const judgement = trustRoot(record, { cluster: "demo", fingerprint, now, development });
    expect(judgement.isAccepted ? undefined : judgement.reason).toBe(reason);
  },
);

/** Reasons of whoever holds records: a judge of one record does not know how much room there is. */
const ROOM: readonly string[] = ["delivered", "quota", "full"] satisfies Reason[];

test("each reason of the judge has a case, and each has a sentence that says who has to do what", () => {
  const found = new Set([...cases, ...trustCases].map(({ reason }) => reason));
  for (const reason of Object.keys(REASONS) as Reason[]) {
    if (!ROOM.includes(reason)) expect(found).toContain(reason);
    expect(REASONS[reason]).toMatch(/^[A-Z].*: .*(has|have|needs?|take) .*\.$/);
  }
});

test("the published vectors are those cases", () => {
  expect(readFileSync(vectorsFile, "utf8")).toBe(vectorsText());
});
