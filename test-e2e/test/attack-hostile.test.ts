/*
 *   a ───── v ───── m        each attack of `npm run hostile` in its short form: m is the attacker's. Attacks that leave the rest of a mesh as
 *                            it was take one after the other, those of `isAlone` or a mesh of their own have it for themselves.
 *
 *   Counts and memory are asserted, with wide margins; latency and CPU time are in the table that the command makes.
 */
import { type Attack, ATTACKS, attackOn, type Check, findPython, Ground, tryAttack } from "@florenetes/hostile";
import { isSoak } from "@florenetes/simkit";
import { afterAll, describe, expect, test } from "vitest";
import { isRoot } from "../src/root.ts";

const isReady = isRoot && findPython() !== undefined;
if (isRoot && !isReady) {
  process.stderr.write("left out: attack-hostile (aioquic is not installed: npm run hostile -- --install)\n");
}

/** Attacks of whose kind another one is tried in each run, or that take a mesh of their own for a quarter of a minute. Only a soak has them here; `npm run hostile` has all. */
const IN_SOAK: ReadonlySet<string> = new Set([
  "deleted-state",
  "impostor",
  "log-keys",
  "loop",
  "resets",
  "retire-and-ping",
  "retire-flood-end-to-end",
  "umask",
  "unspecified-partner",
]);
const tried = ATTACKS.filter(
  ({ name, isByCommandAlone }) => isByCommandAlone !== true && (isSoak || !IN_SOAK.has(name)),
);

const extent = { isShort: true };
/** Meshes that were attacked, still run their first processes, and carry requests. */
const standing: Ground[] = [];

describe.skipIf(!isReady)("an attack in its short form", () => {
  afterAll(async () => {
    await Promise.all(standing.map((ground) => ground[Symbol.asyncDispose]()));
  });

  // Each attack mostly waits, and no time is asserted.
  test.concurrent.each(tried)("is held: $name", async (attack) => {
    const isAlone = attack.isAlone === true || attack.mesh !== undefined;
    const checks = isAlone ? (await tryAttack(attack, extent, undefined)).checks : await attackStanding(attack);
    expect(failed(checks)).toEqual([]);
  });
});

/** An attack on a mesh that has stood other attacks. An attack that is not held takes its mesh with it. */
async function attackStanding(attack: Attack): Promise<readonly Check[]> {
  const ground = standing.pop() ?? (await Ground.open({}, extent));
  let isHeld = false;
  try {
    await ground.untilHonestWork();
    const { checks } = await attackOn(ground, attack, extent, undefined);
    isHeld = failed(checks).length === 0;
    return checks;
  } finally {
    if (isHeld) standing.push(ground);
    else await ground[Symbol.asyncDispose]();
  }
}

function failed(checks: readonly Check[]): readonly Check[] {
  return checks.filter(({ isHeld }) => !isHeld);
}
