import { setTimeout as sleep } from "node:timers/promises";
import { agentStatus, leaseLate } from "../agents/fabric-status.ts";
import { watchAgent } from "../agents/agent-cost.ts";
import { writeLetterFor } from "../agents/letters.ts";
import { letterOf, reportBody, signReport } from "../agents/reports.ts";
import { FABRIC_MESH, FABRIC_SCENE } from "../agents/scene.ts";
import { StolenAgent } from "../agents/stolen-agent.ts";
import type { Attack } from "../attack.ts";
import { now } from "../clock.ts";

/** Letters that are made beforehand, so that making them is not what slows the flood. */
const LETTERS = 256;
/** Letters that are written in one turn. */
const AT_ONCE = 32;

export const letterFlood: Attack = {
  name: "letter-flood",
  by: "agent of a node",
  description:
    "Floods a coordinator with letters that are in order: signed, with reports, each to be answered. It never reads an answer. Others would be heard late, or their " +
    "answers find no room.",
  held: "the coordinator takes a bounded part of a core and of memory, counts what it drops, and goes on to answer another node.",
  isByCommandAlone: true,
  mesh: FABRIC_MESH,
  fabric: FABRIC_SCENE,
  run: async (ground, { isShort }) => {
    await using agent = await StolenAgent.take(ground, "m");
    await agent.readAt("v");
    const reader = await agent.beaconOf("v");
    await agent.untilReadBy("v");
    agent.deafen("v");
    const { cluster, key } = agent;
    const make = (epoch: number) => {
      const report = signReport(cluster, "m", epoch, reportBody({}), key);
      return writeLetterFor(reader, { cluster, kind: "routes", sender: "m", key, body: letterOf([report], epoch % 2) });
    };
    let epoch = Date.now();
    const before = await agentStatus(ground, "v");
    const cost = watchAgent(ground, "v", { isShort });
    const end = now() + (isShort ? 5_000 : 30_000);
    let leasedMs: number | undefined;
    const leasing = leaseLate(ground).then((ms) => (leasedMs = ms));
    let letters = Array.from({ length: LETTERS }, () => make(++epoch));
    while (now() < end || agent.sent.messages < LETTERS) {
      await agent.untilReadBy("v");
      for (const letter of letters.splice(0, AT_ONCE)) agent.write("v", letter);
      await agent.untilTaken("v");
      if (letters.length === 0) letters = Array.from({ length: LETTERS }, () => make(++epoch));
      // The honest clients' lines are read in between.
      await sleep(1);
    }
    const check = cost();
    await leasing;
    const after = await agentStatus(ground, "v");
    const refused = (after.mail.refused["too-often"] ?? 0) - (before.mail.refused["too-often"] ?? 0);
    const tooMany = after.coordinator!.tooManyLetters - before.coordinator!.tooManyLetters;
    const read = after.mail.read - before.mail.read;
    return {
      packets: agent.sent.messages,
      bytes: agent.sent.octets,
      checks: [
        check,
        {
          isHeld: refused + tooMany > 0,
          text: `${read} letters were opened, ${refused} dropped unopened, ${tooMany} refused for their number`,
        },
        {
          isHeld: leasedMs !== undefined,
          text: `another node's new service was leased ${leasedMs === undefined ? "never" : `after ${(leasedMs / 1000).toFixed(1)} s`}`,
        },
      ],
    };
  },
};
