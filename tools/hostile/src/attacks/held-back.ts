import type { Attack } from "../attack.ts";
import { now } from "../clock.ts";
import { courseOf } from "../course.ts";
import { service, SERVICE_PORT, TUNNEL_PORT } from "../mesh.ts";

/** The least number of packets that are let in, so that an effect could be seen. */
const LET_IN_MIN = 3;

export const heldBack: Attack = {
  name: "held-back",
  by: "transit node",
  description:
    "Holds back packets that pass it, and lets them in after later ones with labels that lead nowhere: who follows them answers to nobody.",
  held: "no answer goes there.",
  mesh: {
    cluster: "hostile",
    nodes: { a: {}, m: {}, v: {} },
    links: [{ between: ["a", "v"] }, { between: ["m", "a"] }, { between: ["m", "v"] }],
    services: { web: service("v", SERVICE_PORT) },
    tunnels: [
      { node: "a", listen: `tcp://127.0.0.1:${TUNNEL_PORT}`, as: "user/alice", service: "web", path: ["a", "v"] },
      {
        node: "a",
        listen: `tcp://127.0.0.1:${TUNNEL_PORT + 1}`,
        as: "user/bob",
        service: "web",
        path: { hops: ["a", "m", "v"], mtu: 1_280 },
      },
    ],
  },
  run: async (ground, { isShort }) => {
    const own = ground.labels("m");
    const nowhere = Math.max(...Object.values(own)) + 1;
    const client = ground.startHonest(TUNNEL_PORT + 1);
    const start = now();
    const originator = ground.endpoint("m", "a");
    const strike = await ground.strike("held_back", { originator, own, nowhere, seconds: isShort ? 8 : 20 });
    const { requests, failed } = client.between(start, now());
    client.stop();
    const { turned, letIn } = strike as unknown as { turned: number; letIn: number };
    return courseOf(strike, {
      isHeld: letIn >= LET_IN_MIN && turned === 0 && failed < requests,
      text: `${turned} answers went nowhere after ${letIn} packets were let in late; ${requests - failed} of ${requests} requests succeeded`,
    });
  },
};
