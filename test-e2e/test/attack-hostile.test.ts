/*
 *   a ───── v ───── m        each attack of `npm run hostile` in its short form, on a mesh of its own: m is the attacker's
 *
 *   Counts and memory are asserted, with wide margins; latency and CPU time are in the table that the command makes.
 */
import { ATTACKS, findPython, tryAttack } from "@florenetes/hostile";
import { describe, expect, test } from "vitest";
import { isRoot } from "../src/root.ts";

const isReady = isRoot && findPython() !== undefined;
if (isRoot && !isReady) {
  process.stderr.write("left out: attack-hostile (aioquic is not installed: npm run hostile -- --install)\n");
}

describe.skipIf(!isReady)("an attack in its short form", () => {
  // Each mostly waits, and nothing that is asserted is a time.
  test.concurrent.each(ATTACKS)("is held: $name", async (attack) => {
    const { checks } = await tryAttack(attack, { isShort: true }, undefined);
    expect(checks.filter(({ isHeld }) => !isHeld)).toEqual([]);
  });
});
