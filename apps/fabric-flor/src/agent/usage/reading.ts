/** Counts of a vertex, as a meter takes them: by neighbours, and by the coordinators whose permits have opened the way. Pure. */
import { CARRIED_CLASSES } from "@florenetes/facts";
import type { Counted, Own, Passed, Reading } from "@florenetes/usage";
import type { View } from "../door/view.ts";

/**
 * Counts of a vertex by neighbours. Links that go between the same two are told apart by their keys, and stand in one row of a receipt. Traces are no workload's. Undefined: the vertex does
 * not tell what its own connections exchange, and half a word would be taken for the whole.
 *
 * @param coordinatorOf The coordinator of a permit; undefined: it is not held any more
 */
export function readingOf(
  { instance, links, transit, exchanged }: Pick<View, "instance" | "links" | "transit" | "exchanged">,
  coordinatorOf: (permit: string) => string | undefined,
): Reading | undefined {
  if (exchanged === undefined) return undefined;
  const peers = new Map(links.map(({ name, peer }) => [name, peer]));
  const passed: Counted<Passed>[] = [];
  for (const { from, to, share, permits, classes } of transit) {
    const [fromPeer, toPeer] = [peers.get(from), peers.get(to)];
    if (fromPeer === undefined || toPeer === undefined) continue;
    const coordinators = new Set(permits.map(coordinatorOf).filter((name) => name !== undefined));
    const [only] = coordinators;
    const coordinator = coordinators.size === 1 ? only : undefined;
    for (const [at, name] of CARRIED_CLASSES.entries()) {
      const { packets = 0, bytes = 0 } = classes[name] ?? {};
      const row = { from: fromPeer, to: toPeer, coordinator, share, class: at, packets, bytes };
      if (packets > 0) passed.push({ key: `${from} ${to} ${share} ${at}`, row });
    }
  }
  const own: Counted<Own>[] = [];
  for (const { link, share, classes } of exchanged) {
    const peer = peers.get(link);
    if (peer === undefined) continue;
    for (const [at, name] of CARRIED_CLASSES.entries()) {
      const counts = classes[name];
      if (counts !== undefined) own.push({ key: `${link} ${share} ${at}`, row: { peer, share, class: at, ...counts } });
    }
  }
  return { instance, passed, own };
}
