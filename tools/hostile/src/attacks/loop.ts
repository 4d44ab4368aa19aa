import type { Attack } from "../attack.ts";
import { courseOf } from "../course.ts";
import { linkPackets } from "../link-packets.ts";
import { service, SERVICE_PORT, TUNNEL_PORT } from "../mesh.ts";

/** How often a packet may come by, on the average, when many are sent. */
const MULTIPLIED_MAX = 3;

export const loop: Attack = {
  name: "loop",
  by: "neighbour",
  description:
    "Sends packets around a triangle of links, each permitted beside the next, as often as a packet may have labels: what it sends is " +
    "multiplied.",
  held: "what goes around is at most three times what was sent.",
  mesh: {
    cluster: "hostile",
    nodes: { a: {}, m: {}, v: {}, w: {}, x: {} },
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
    const strike = await ground.strike("loop", { around, seconds: isShort ? 4 : 15 });
    const gone = (await linkPackets(ground, "w", "x")) - before;
    // Each packet crosses each of the three links of the triangle as often.
    const [made, times] = [strike["made"] as number, (3 * gone) / (strike["made"] as number)];
    return courseOf(strike, {
      isHeld: times <= MULTIPLIED_MAX,
      text: `${made} packets crossed links of the triangle ${times.toFixed(1)} times each`,
    });
  },
};
