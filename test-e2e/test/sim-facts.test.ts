/** Fabrics in virtual time: real agents, some of them captured, with partitions and restarts. `npm run sim -- --facts` runs other ones. */
import { createPublicKey, verify } from "node:crypto";
import { runs } from "@florenetes/simkit";
import { expect, test } from "vitest";
import { runFacts } from "../src/sim/facts/run-facts.ts";
import { shareVerifications } from "../src/sim/facts/shared-verifications.ts";
import { seededKey } from "../src/sim/facts/sim-authority.ts";

const NODES = 25;
/** A time beyond all that a seed needs on a busy machine. */
const TIMEOUT_MS = 600_000;
const seeds = Array.from({ length: runs(20, 1) }, (_, seed) => seed);

test.each(seeds)("honest agents keep their promises among captured ones, seed %i", { timeout: TIMEOUT_MS }, (seed) => {
  const { restarts, refused, spreadMs } = runFacts(seed, NODES);
  expect(Math.max(...spreadMs)).toBeLessThan(2_000);
  expect(Math.min(restarts, refused)).toBeGreaterThan(0);
});

test("verifications that agents share say what bare ones say", () => {
  const [one, other] = [seededKey("one"), seededKey("other")];
  const [yes, no] = [Buffer.from("yes"), Buffer.from("no")];
  const outcomes = (): boolean[] =>
    [one, other].flatMap(({ key }) => {
      const x = Buffer.from(key, "hex").toString("base64url");
      const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
      return [yes, no].flatMap((message) => [one, other].map((by) => verify(null, message, publicKey, by.sign(yes))));
    });
  const bare = outcomes();
  expect(bare).toEqual([true, false, false, false, false, true, false, false]);
  const stop = shareVerifications();
  expect([outcomes(), outcomes()]).toEqual([bare, bare]);
  stop();
  expect(outcomes()).toEqual(bare);
});
