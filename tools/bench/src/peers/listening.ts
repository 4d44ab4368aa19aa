import type { Line } from "../line.ts";
import type { NodeName } from "../place.ts";
import { until } from "../until.ts";

const WITHIN_MS = 5_000;

/** Waits until something on a node listens on a TCP port: one that is dialled too early may be dialled again a minute later. */
export async function untilListens(line: Line, node: NodeName, port: number): Promise<void> {
  const listens = (): boolean => line.run(node, "ss", "-Hltn").includes(`:${port} `);
  await until(listens, WITHIN_MS, `nothing on ${node} listens on port ${port}`);
}
