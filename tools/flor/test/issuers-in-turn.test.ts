/** A node asks its issuers one after the other, and tells the error that says most. */
import { OperatorError } from "@florenetes/operator-text";
import { expect, test } from "vitest";
import { askInTurn } from "../src/renewal/issuer-client.ts";

const [NODE, BUSY, ENDED, REVOKED, RATE] = [
  "ERR_ISSUER_NODE",
  "ERR_ISSUER_BUSY",
  "ERR_ISSUER_ENDED",
  "ERR_ISSUER_REVOKED",
  "ERR_ISSUER_RATE",
] as const;
const [AWAY, FALSE, ANSWER] = [
  "ERR_FLOR_ISSUER_UNREACHABLE",
  "ERR_FLOR_ISSUER_FALSE",
  "ERR_FLOR_ISSUER_ANSWER",
] as const;

/** Asks issuers that say one of these each; returns the outcome, and how many of them were asked. */
async function askAll(said: readonly string[]): Promise<readonly [outcome: string, asked: number]> {
  let asked = 0;
  const places = said.map((_, port) => ({ host: "127.0.0.1", port }));
  const outcome = askInTurn(places, async ({ port }) => {
    asked++;
    if (said[port] === "given") return "given";
    throw new OperatorError(said[port]!, "it says so", { advice: "none" });
  });
  return [await outcome.catch((error: unknown) => (error as OperatorError).code), asked];
}

test.each([NODE, BUSY, ENDED, AWAY, FALSE, ANSWER])(
  "%s of one does not keep a node from the next one",
  async (code) => {
    expect(await askAll([code, "given"])).toEqual(["given", 2]);
  },
);

test.each([REVOKED, RATE, "ERR_ISSUER_ENDED_KEY"])("%s holds for all of them", async (code) => {
  expect(await askAll([ENDED, AWAY, code, "given"])).toEqual([code, 3]);
});

test.each([
  [[NODE, ENDED], NODE],
  [[ENDED, NODE, AWAY], NODE],
  [[BUSY, ENDED], BUSY],
  [[AWAY, ENDED], AWAY],
  [[ANSWER, ENDED], ANSWER],
  [[AWAY, FALSE], FALSE],
  [[ENDED, ENDED], ENDED],
])("of %j a node tells %s", async (said, told) => {
  expect(await askAll(said)).toEqual([told, said.length]);
  expect(await askAll(said.toReversed())).toEqual([told, said.length]);
});
