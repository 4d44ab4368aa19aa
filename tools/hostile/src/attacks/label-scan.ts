import type { Attack } from "../attack.ts";
import { courseOf } from "../course.ts";

/** All labels that a service can have. A short form tries an eighth as many, the services' labels among them. */
const LABELS = (1 << 20) - 16;

export const labelScan: Attack = {
  name: "label-scan",
  by: "neighbour",
  description: "Tries all labels, with small probes of paths, to find the services behind its neighbour.",
  held: "a whole scan as fast as it can be sent finds at most one of them.",
  run: async (ground, { isShort }) => {
    const strike = await ground.strike("label_scan", { count: isShort ? LABELS / 8 : LABELS });
    const { tried, found } = strike as unknown as { tried: number; found: number };
    return courseOf(strike, { isHeld: found <= 1, text: `${found} services found with ${tried} labels` });
  },
};
