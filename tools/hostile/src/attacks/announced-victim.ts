import { setTimeout as sleep } from "node:timers/promises";
import { watchAgent } from "../agents/agent-cost.ts";
import { Announcements } from "../agents/announcements.ts";
import { CALLERS, FABRIC_MESH, VICTIM_ADDRESS, VICTIM_SCENE } from "../agents/scene.ts";
import { StolenAgent } from "../agents/stolen-agent.ts";
import { Victim, VICTIM_FIRST_PORT, VICTIM_PORTS, type VictimDatagram } from "../agents/victim.ts";
import type { Attack, Check } from "../attack.ts";
import { now } from "../clock.ts";
import { eventually } from "../eventually.ts";

/** Datagrams to an endpoint at which nobody was found, and their size (docs/protocol/portal-api.md). */
const UNANSWERED_MAX = 3;
const SIZE_MAX = 1_200;
/** Endpoints of a node that are called in a round, and the pause behind the first round in vain, which doubles and is jittered by half (docs/operate/fabric.md). */
const TRIES = 3;
const PAUSE_MS_MIN = 2_500;
/** An announcement has so many endpoints: 16 at most. */
const AT_ONCE = 15;
const AGAIN_MS = 1_000;

export const announcedVictim: Attack = {
  name: "announced-victim",
  by: "agent of a node",
  description:
    "A relay announces endpoints that are a victim's outside the mesh, each second by a new record: one place again and again, then other and other ports. All nodes that look " +
    "for relays would be turned on the victim.",
  held:
    "each node sends one place of the victim three datagrams of 1,200 bytes at most, however often it is announced; another port is another place, of which a node calls " +
    "three in a round, and pauses between rounds double.",
  isByCommandAlone: true,
  mesh: FABRIC_MESH,
  fabric: VICTIM_SCENE,
  run: async (ground, { isShort }) => {
    await using victim = await Victim.listen(ground, CALLERS);
    await using agent = await StolenAgent.take(ground, "m");
    await agent.readAt("v");
    await agent.untilReadBy("v");
    const announcements = new Announcements(ground, agent);
    const cost = watchAgent(ground, "v", { isShort });
    const begun = now();
    const repeat = async (forMs: number, endpointsOf: (turn: number) => readonly string[]): Promise<Heard> => {
      const [records, at] = [announcements.count, victim.datagrams.length];
      const end = now() + forMs;
      for (let turn = 0; now() < end; turn++) {
        await agent.untilReadBy("v");
        announcements.announce("v", endpointsOf(turn));
        await sleep(AGAIN_MS);
      }
      // A place that nobody has called shows nothing.
      await eventually(async () => CALLERS.every((caller) => victim.datagrams.slice(at).some(isOf(caller))));
      return { records: announcements.count - records, datagrams: victim.datagrams.slice(at) };
    };
    const scale = isShort ? 0.5 : 1;
    const again = await repeat(60_000 * scale, () => [`udp://${VICTIM_ADDRESS}:${VICTIM_FIRST_PORT}`]);
    const ports = await repeat(180_000 * scale, (turn) =>
      Array.from({ length: AT_ONCE }, (_, index) => {
        const port = VICTIM_FIRST_PORT + 1 + ((turn * AT_ONCE + index) % (VICTIM_PORTS - 1));
        return `udp://${VICTIM_ADDRESS}:${port}`;
      }),
    );
    const most = TRIES * UNANSWERED_MAX * roundsIn(now() - begun);
    return {
      packets: agent.sent.messages,
      bytes: agent.sent.octets,
      checks: [
        cost(),
        onePlace(again),
        {
          isHeld:
            CALLERS.every((caller) => ports.datagrams.filter(isOf(caller)).length <= most) &&
            isSpared(victim.datagrams),
          text: `other ports by ${ports.records} records in ${180 * scale} s: ${told(ports)} (at most ${most} each, and ${UNANSWERED_MAX} a port)`,
        },
      ],
    };
  },
};

/** Records that were announced, and the datagrams that came meanwhile. */
interface Heard {
  readonly records: number;
  readonly datagrams: readonly VictimDatagram[];
}

function onePlace(heard: Heard): Check {
  const counts = CALLERS.map((caller) => heard.datagrams.filter(isOf(caller)).length);
  const isHeld = counts.every((count) => count > 0 && count <= UNANSWERED_MAX) && isSpared(heard.datagrams);
  return { isHeld, text: `one place by ${heard.records} records: ${told(heard)} (at most ${UNANSWERED_MAX} each)` };
}

/** Whether no caller has sent any port more datagrams, or larger ones, than it may. */
function isSpared(datagrams: readonly VictimDatagram[]): boolean {
  const counts = new Map<string, number>();
  for (const { caller, port } of datagrams) counts.set(`${caller} ${port}`, (counts.get(`${caller} ${port}`) ?? 0) + 1);
  return [...counts.values()].every((count) => count <= UNANSWERED_MAX) && largest(datagrams) <= SIZE_MAX;
}

/** The datagrams of each caller, and of how many places. */
function told({ datagrams }: Heard): string {
  const parts = CALLERS.map((caller) => {
    const own = datagrams.filter(isOf(caller));
    const ports = new Set(own.map(({ port }) => port)).size;
    return `${caller} ${own.length}${ports > 1 ? ` to ${ports} ports` : ""}`;
  });
  return `${parts.join(", ")} datagrams of ${largest(datagrams)} bytes`;
}

function largest(datagrams: readonly VictimDatagram[]): number {
  return Math.max(0, ...datagrams.map(({ size }) => size));
}

function isOf(caller: string): (datagram: VictimDatagram) => boolean {
  return (datagram) => datagram.caller === caller;
}

/** Rounds of calls that fit into a time, where each pause is as short as it may be. */
function roundsIn(ms: number): number {
  let rounds = 1;
  for (let at = PAUSE_MS_MIN; at <= ms; at += PAUSE_MS_MIN * 2 ** (rounds - 1)) rounds++;
  return rounds;
}
