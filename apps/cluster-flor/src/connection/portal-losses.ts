import { florioLosses } from "@florenetes/florio";
import type { Counts } from "@florenetes/process-kit";

type Loss = (typeof florioLosses)[number] | "framesDroppedUnknownLink";

const names: readonly Loss[] = [...florioLosses, "framesDroppedUnknownLink"];

/**
 * Sums the losses between this vertex and its link vertices over all portals, by cause. Packets that a port did not take are
 * not among them: forwarding counts those by the cause `linkFull`.
 */
export function sumLosses(portals: readonly { readonly florio: Readonly<Record<Loss, number>> }[]): Counts {
  const sum = (name: Loss): number => portals.reduce((total, { florio }) => total + florio[name], 0);
  return Object.fromEntries(names.map((name) => [name, sum(name)]));
}
