import { setTimeout as sleep } from "node:timers/promises";
import { openCa } from "@florenetes/identity/authority";
import { watchAgent } from "../agents/agent-cost.ts";
import { agentStatus } from "../agents/fabric-status.ts";
import { KNOCKED_SCENE, FABRIC_MESH } from "../agents/scene.ts";
import type { Attack } from "../attack.ts";
import { courseOf } from "../course.ts";
import type { Ground } from "../ground.ts";

/** Vertices without a record that are let in at once (docs/operate/fabric.md). */
const CANDIDATES_MAX = 32;
const LOOK_MS = 250;
/** The code that a vertex is refused with whose link nobody wants (docs/protocol/link-protocol.md). */
const NOT_WANTED = "0x10";

export const knocks: Attack = {
  name: "knocks",
  by: "stranger",
  description:
    "500 vertices with certificates of the cluster, whom no record names, call for links, 10,000 times in all: they would take places and links of others.",
  held: "32 of them at most are let in at a time, the others are dropped and counted, and links that are up stay what they are.",
  isByCommandAlone: true,
  mesh: FABRIC_MESH,
  fabric: KNOCKED_SCENE,
  run: async (ground, { isShort }) => {
    const names = Array.from({ length: isShort ? 50 : 500 }, (_, index) => `s${index}`);
    const strangers = `${ground.lab.folder}/strangers`;
    const ca = openCa(ground.lab.caFolder);
    for (const name of names) ca.issueInto(`${strangers}/${name}`, { kind: "vertex", name, days: 1 });
    const before = await links(ground);
    const cost = watchAgent(ground, "v", { isShort });
    const over = new AbortController();
    let most = 0;
    const options = { strangers, names, count: isShort ? 300 : 10_000, perSecond: 100 };
    const striking = ground.strikeBeside("m", "knocks", options, KNOCKS_MS_MAX).finally(() => over.abort());
    striking.catch(() => undefined); // the strike is awaited later
    while (!over.signal.aborted) {
      most = Math.max(most, (await agentStatus(ground, "v")).links.candidates);
      await sleep(LOOK_MS);
    }
    const strike = await striking;
    const check = cost();
    const { links: made } = await agentStatus(ground, "v");
    const outcomes = strike["outcomes"] as Readonly<Record<string, number>>;
    const after = await links(ground);
    const { linkFlor } = await ground.status();
    const { told, dropped: untold } = (linkFlor!.clusters[0] as unknown as CountedPortal).portal.knocks;
    return courseOf(
      strike,
      check,
      {
        isHeld: most > 0 && most <= CANDIDATES_MAX,
        text: `${most} strangers at most were let in at once (at most ${CANDIDATES_MAX})`,
      },
      {
        isHeld: (outcomes[NOT_WANTED] ?? 0) > 0 && untold > 0,
        text:
          `of ${options.count} calls in ${(strike["seconds"] as number).toFixed(0)} s came: ${JSON.stringify(outcomes)}; link-flor told of ${told} and counted ${untold} more; the agent heard ${made.knocks}, ` +
          `and dropped ${JSON.stringify(made.knocksDropped)}`,
      },
      { isHeld: before.join() === after.join(), text: `links that were up are the same: ${after.join(", ")}` },
    );
  },
};

const KNOCKS_MS_MAX = 900_000;

/** The part of a link vertex's status that counts knocks. */
interface CountedPortal {
  readonly portal: { readonly knocks: { readonly told: number; readonly dropped: number } };
}

/** The sessions of the victim's links of the file, each with its number, which is another one when it was made anew. */
async function links(ground: Ground): Promise<readonly string[]> {
  const { clusterFlor } = await ground.status();
  const own = clusterFlor?.links.filter(({ peer }) => ["a", "h", "m"].includes(peer)) ?? [];
  return own.map(({ peer, state, ...link }) => `${peer} ${state} (session ${String(link["handle"])})`).toSorted();
}
