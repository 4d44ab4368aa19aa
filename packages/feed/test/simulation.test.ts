/**
 * Meshes in virtual time: records are made and replaced anywhere, streams break, nodes start again with their database, with another one or
 * with none, and hostile neighbours of all say whatever harms. After healing all honest nodes have the same.
 */
import { runs } from "@florenetes/simkit";
import { expect, test } from "vitest";
import { Mesh } from "./simulation/mesh.ts";

const SEEDS = runs(200, 6);
const TROUBLE_MS = 60_000;
const STEP_MS = 500;
const HEALING_MS = 60_000;

function run(seed: number): Mesh {
  const mesh = new Mesh(seed, 6, 2);
  const { scheduler, random } = mesh;
  while (scheduler.now < TROUBLE_MS) {
    for (let each = random.below(4); each > 0; each--) mesh.publish();
    if (random.chance(0.3)) mesh.cut();
    if (random.chance(0.03)) mesh.restart();
    scheduler.runFor(STEP_MS);
  }
  const end = scheduler.now + HEALING_MS;
  while (scheduler.now < end && !isEqual(mesh)) scheduler.runFor(STEP_MS);
  return mesh;
}

function isEqual(mesh: Mesh): boolean {
  return [...mesh.sections().values()].every((books) => books.every((book) => book.join() === books[0]!.join()));
}

test.each(Array.from({ length: SEEDS }, (_, each) => each + 1))("seed %i", (seed) => {
  const mesh = run(seed);
  for (const [section, books] of mesh.sections()) {
    for (const book of books) expect([section, book]).toEqual([section, books[0]]);
    expect(books[0]!.length).toBeGreaterThan(0);
  }
  const [organized, other] = [mesh.honest.get("n0")!, mesh.honest.get("n5")!];
  expect(organized.sections).toContain("org/acme");
  expect(other.book.subjects("org/acme")).toEqual([]);
  for (const node of mesh.honest.values()) {
    const muted = node.muted;
    expect(muted.every((peer) => peer.startsWith("h"))).toBe(true);
  }
});

test("hostile neighbours are muted", () => {
  const mesh = run(1);
  const muted = [...mesh.honest.values()].map((node) => node.muted.length);
  expect(Math.max(...muted)).toBe(2);
});
