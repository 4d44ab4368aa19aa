import type { Own, Passed } from "../src/rows.ts";

export function passed(more: Partial<Passed> = {}): Passed {
  return { from: "a", to: "b", coordinator: "c", share: 7, class: 3, packets: 0, bytes: 0, ...more };
}

export function own(more: Partial<Own> = {}): Own {
  return { peer: "a", share: 7, class: 3, sentPackets: 0, sentBytes: 0, packets: 0, bytes: 0, ...more };
}
