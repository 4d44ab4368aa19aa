import { setTimeout as sleep } from "node:timers/promises";
import type { ReportBody } from "@florenetes/facts";
import { agentStatus, leasedRoutes } from "../agents/fabric-status.ts";
import { watchAgent } from "../agents/agent-cost.ts";
import { writeLetterFor } from "../agents/letters.ts";
import { letterOf, perfectLink, reportBody, signReport } from "../agents/reports.ts";
import { CLASSES, FABRIC_MESH, FABRIC_SCENE } from "../agents/scene.ts";
import { StolenAgent } from "../agents/stolen-agent.ts";
import type { Attack } from "../attack.ts";
import { now } from "../clock.ts";

/** Services that one report asks for: as many as it may. */
const USES = 64;
const SERVICES = 1_000;
/** Letters of one node are read so often (docs/protocol/fabric-routes.md). */
const LETTER_MS = 1_000;
/** Highest label. */
const LABELS = 1_048_575;

export const lyingReports: Attack = {
  name: "lying-reports",
  by: "agent of a node",
  description:
    "Tells a coordinator of links to everybody that take 0 ms, and of a relay's offer, which no other end tells and no record lets it have; tells it of the same in the " +
    "name of the honest relay, by its own key; and asks for leases of a thousand services: leases would go over it, and the coordinator would work for it alone.",
  held: "no lease goes over it, what others are leased stays, and the coordinator takes a bounded part of a core and of memory.",
  isByCommandAlone: true,
  mesh: FABRIC_MESH,
  fabric: FABRIC_SCENE,
  run: async (ground, { isShort }) => {
    await using agent = await StolenAgent.take(ground, "m");
    await agent.readAt("v");
    const reader = await agent.beaconOf("v");
    await agent.untilReadBy("v");
    const { cluster, key } = agent;
    const before = { status: await agentStatus(ground, "v"), routes: await leasedRoutes(ground, "a") };
    const cost = watchAgent(ground, "v", { isShort });
    const turns = isShort ? 6 : 40;
    const others = ["a", "v", "w", "h"];
    const links = others.map((peer, at) => perfectLink(LABELS - at, peer));
    const offer = { classes: [...CLASSES], rate: 10_000_000, price: 0 };
    let asked = 0;
    let wantedMost = 0;
    for (let turn = 0; turn < turns; turn++) {
      const begun = now();
      const uses = Array.from({ length: USES }, () => use(`service-${asked++ % SERVICES}`));
      const epoch = Date.now();
      const records = [
        signReport(cluster, "m", epoch, reportBody({ links, offer, uses }), key),
        // In the names of others: links of theirs to m, so that both ends tell them.
        ...others.map((peer) =>
          signReport(cluster, peer, epoch, reportBody({ links: [perfectLink(LABELS, "m")] }), key),
        ),
      ];
      agent.write(
        "v",
        writeLetterFor(reader, { cluster, kind: "routes", sender: "m", key, body: letterOf(records, 0) }),
      );
      wantedMost = Math.max(wantedMost, (await agentStatus(ground, "v")).coordinator!.wanted);
      await sleep(Math.max(0, LETTER_MS - (now() - begun)));
    }
    const check = cost();
    const [{ coordinator }, routes] = [await agentStatus(ground, "v"), await leasedRoutes(ground, "a")];
    const reported = (word: string): number =>
      (coordinator!.reported[word] ?? 0) - (before.status.coordinator!.reported[word] ?? 0);
    const inName = reported("not-mine") + reported("signature") + reported("unknown-key");
    return {
      packets: agent.sent.messages,
      bytes: agent.sent.octets,
      checks: [
        check,
        {
          isHeld: reported("taken") > 0 && coordinator!.links === before.status.coordinator!.links,
          text: `${reported("taken")} reports were taken, and ${coordinator!.links} links count as before`,
        },
        { isHeld: inName > 0, text: `${inName} reports in another's name were refused` },
        {
          isHeld: wantedMost > USES && wantedMost <= before.status.coordinator!.wanted + USES,
          text: `at most ${wantedMost} leases were asked for at once (${asked} in all)`,
        },
        { isHeld: routes.join() === before.routes.join(), text: `a's routes are what they were: ${routes.join(", ")}` },
      ],
    };
  },
};

function use(service: string): ReportBody["uses"][number] {
  return { service, scope: "cluster", host: "h", classes: ["reliable"], rate: 10_000_000 };
}
