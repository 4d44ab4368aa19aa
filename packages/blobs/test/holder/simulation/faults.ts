import { MINUTE_MS, type World } from "./world.ts";

/** All kinds happen, in any order, before one of them happens again. */
const KINDS = [restart, die, damage, part, fill];

/** Faults come one after the other, each when the copies of the one before are made up for: that is what they bear. */
export async function faults(world: World, untilMs: number): Promise<void> {
  const { random } = world;
  let kinds: (typeof KINDS)[number][] = [];
  while (world.now < untilMs) {
    await world.sleep(random.between(5, 20) * MINUTE_MS);
    if (kinds.length === 0) kinds = [...KINDS];
    const [kind] = kinds.splice(random.below(kinds.length), 1);
    await kind!(world, random.pick(world.fleet.terms.holders).node);
  }
}

/** The process is away for a while, and comes back with its disks. */
async function restart(world: World, node: string): Promise<void> {
  world.fleet.member(node).isUp = false;
  await world.sleep(world.random.between(1, 25) * MINUTE_MS);
  world.fleet.restart(node);
  world.drive(node);
  await world.sleep(20 * MINUTE_MS);
}

/** The machine is lost with its disks; another one comes, under its name or, by a new record, under its own. */
async function die(world: World, node: string): Promise<void> {
  const { fleet, random } = world;
  fleet.member(node).isUp = false;
  await world.sleep(random.between(1, 40) * MINUTE_MS);
  if (random.chance(0.5)) {
    fleet.add(node);
    world.drive(node);
  } else {
    const { terms } = fleet;
    const heir = `${node}-${terms.epoch}`;
    const others = terms.holders.filter((holder) => holder.node !== node);
    fleet.terms = { ...terms, epoch: terms.epoch + 1, holders: [...others, { node: heir, domain: heir }] };
    fleet.add(heir);
    world.drive(heir);
  }
  await world.sleep(60 * MINUTE_MS);
}

/** Some or all shards of a holder are lost, or have a bit that is flipped. */
async function damage(world: World, node: string): Promise<void> {
  const { random, fleet } = world;
  const { disk } = fleet.member(node);
  const share = random.pick([0.1, 0.5, 1]);
  for (const hash of disk.hashes()) {
    if (!random.chance(share)) continue;
    if (random.chance(0.5)) disk.damage(hash);
    else disk.lose(hash);
  }
  await world.sleep(80 * MINUTE_MS);
}

/** Fewer than half of the holders are cut off from all others. */
async function part(world: World, node: string): Promise<void> {
  const { random, fleet } = world;
  const nodes = fleet.terms.holders.map((holder) => holder.node);
  const apart = new Set([node]);
  for (const other of nodes) if (random.chance(0.3) && apart.size < (nodes.length - 1) / 2) apart.add(other);
  for (const one of apart) for (const other of nodes) if (!apart.has(other)) fleet.cuts.add(`${one} ${other}`);
  await world.sleep(random.between(1, 40) * MINUTE_MS);
  fleet.cuts.clear();
  await world.sleep(20 * MINUTE_MS);
}

/** A disk takes nothing for a while. */
async function fill(world: World, node: string): Promise<void> {
  const { disk } = world.fleet.member(node);
  disk.capacity = disk.octets;
  await world.sleep(world.random.between(5, 90) * MINUTE_MS);
  disk.capacity = Infinity;
}
