import type { Line } from "../line.ts";
import type { NodeName } from "../place.ts";
import { until } from "../until.ts";

const WITHIN_MS = 10_000;

/** Waits until something on a node listens on all these TCP ports: one that is dialled too early may be dialled again a minute later. */
export async function untilListens(line: Line, node: NodeName, ...ports: readonly number[]): Promise<void> {
  const listens = (): boolean => {
    const listening = line.run(node, "ss", "-Hltn");
    return ports.every((port) => listening.includes(`:${port} `));
  };
  await until(listens, WITHIN_MS, `nothing on ${node} listens on port ${ports.join(" and ")}`);
}
