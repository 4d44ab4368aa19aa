import type { Attack } from "../attack.ts";
import { courseOf } from "../course.ts";
import { linkPackets } from "../link-packets.ts";
import { service, SERVICE_PORT, TUNNEL_PORT } from "../mesh.ts";

/** Packets in a second from one link to another: a low limit, so that one attacker meets it. */
const LIMIT = 1_000;
const LIMITED = { "transit-limit": { packets: LIMIT, bytes: 1_000_000 } };

export const loop: Attack = {
  name: "loop",
  by: "neighbour",
  description:
    "Sends packets around a triangle of links, each permitted beside the next, as often as a packet may have labels: what it sends is " +
    "multiplied by 15. Its nodes let 1,000 packets a second through.",
  held: "no more than that crosses a link.",
  mesh: {
    cluster: "hostile",
    nodes: { a: {}, m: {}, v: LIMITED, w: LIMITED, x: LIMITED },
    links: [
      ["a", "v"],
      ["m", "v"],
      ["v", "w"],
      ["w", "x"],
      ["x", "v"],
    ].map((between) => ({ between })),
    transit: {
      v: [
        ["m", "w"],
        ["x", "w"],
      ],
      w: [["v", "x"]],
      x: [["w", "v"]],
    },
    services: { web: service("v", SERVICE_PORT) },
    tunnels: [
      { node: "a", listen: `tcp://127.0.0.1:${TUNNEL_PORT}`, as: "user/alice", service: "web", path: ["a", "v"] },
    ],
  },
  run: async (ground, { isShort }) => {
    const around = [ground.labels("v")["w"], ground.labels("w")["x"], ground.labels("x")["v"]];
    const before = await linkPackets(ground, "w", "x");
    const seconds = isShort ? 4 : 15;
    const strike = await ground.strike("loop", { around, seconds });
    const gone = (await linkPackets(ground, "w", "x")) - before;
    // A second's share may pass at once. One more second counts, since on a busy machine the attack lasts longer than its packets.
    const max = LIMIT * (2 * seconds + 1);
    return courseOf(strike, {
      isHeld: gone <= max,
      text: `${strike["made"] as number} packets were sent, and ${gone} crossed a link of the triangle (at most ${max})`,
    });
  },
};
