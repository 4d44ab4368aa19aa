import type { Attack } from "../attack.ts";
import { courseOf, endOf } from "../course.ts";
import type { Ground } from "../ground.ts";

export const retireFloodEndToEnd: Attack = {
  name: "retire-flood-end-to-end",
  by: "user",
  description:
    "As retire-flood, on a connection to a service whose first packet has a source ID, against the protocol.",
  held: "such a first packet starts no connection, and is counted.",
  run: async (ground, { isShort }) => {
    const options = { over: "end", megabytes: isShort ? 3 : 17, seconds: isShort ? 3 : 10 };
    const before = await droppedForId(ground);
    const strike = await ground.strike("retire_flood", options);
    const dropped = (await droppedForId(ground)) - before;
    return courseOf(strike, {
      isHeld: typeof strike["refused"] === "string" && dropped > 0,
      text: `${endOf(strike)}; ${dropped} packets were dropped for their ID`,
    });
  },
};

async function droppedForId(ground: Ground): Promise<number> {
  const { clusterFlor } = await ground.status();
  const { drops } = (clusterFlor ?? {}) as { drops?: { transport: Record<string, number> } };
  return drops?.transport["connectionId"] ?? 0;
}
