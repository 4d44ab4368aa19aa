import { setTimeout as sleep } from "node:timers/promises";
import type { Line, NodeName } from "../line.ts";

const WITHIN_MS = 5_000;
const POLL_MS = 50;

/** Waits until something on a node listens on a TCP port: one that is dialled too early may be dialled again a minute later. */
export async function untilListens(line: Line, node: NodeName, port: number): Promise<void> {
  for (let waited = 0; waited < WITHIN_MS; waited += POLL_MS) {
    if (line.run(node, "ss", "-Hltn").includes(`:${port} `)) return;
    await sleep(POLL_MS);
  }
  throw new Error(`nothing on ${node} listens on port ${port} after ${WITHIN_MS} ms`);
}
