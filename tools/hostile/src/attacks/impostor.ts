import { setTimeout as sleep } from "node:timers/promises";
import type { Attack } from "../attack.ts";
import { courseOf } from "../course.ts";
import { service, SERVICE_PORT, TUNNEL_PORT } from "../mesh.ts";

const HANDSHAKES_MIN = 4;

export const impostor: Attack = {
  name: "impostor",
  by: "transit node",
  description:
    "Answers in the place of a service whose packets it should carry, with its vertex's, a user's and another service's certificate of the " +
    "cluster, also when the originator starts anew: it would learn who talks.",
  held: "no handshake shows it the originator's certificate.",
  mesh: {
    cluster: "hostile",
    nodes: { a: {}, m: {}, v: {} },
    links: [{ between: ["a", "v"] }, { between: ["m", "a"] }, { between: ["m", "v"] }],
    services: { web: service("v", SERVICE_PORT), other: service("m", SERVICE_PORT) },
    tunnels: [
      { node: "a", listen: `tcp://127.0.0.1:${TUNNEL_PORT}`, as: "user/alice", service: "web", path: ["a", "v"] },
      {
        node: "a",
        listen: `tcp://127.0.0.1:${TUNNEL_PORT + 1}`,
        as: "user/bob",
        service: "web",
        path: ["a", "m", "v"],
      },
      { node: "m", listen: `tcp://127.0.0.1:${TUNNEL_PORT}`, as: "user/mallory", service: "web", path: ["m", "v"] },
    ],
  },
  run: async (ground, { isShort }) => {
    const seconds = isShort ? 8 : 30;
    const strike = ground.strike("impostor", {
      endpoint: ground.endpoint("m", "a"),
      shown: ["service/other", "user/mallory", "vertex"],
      seconds,
      handshakes: HANDSHAKES_MIN,
    });
    strike.catch(() => undefined); // the strike is awaited later
    await sleep((seconds * 1000) / 2);
    await ground.lab.kill("a", "cluster-flor");
    ground.lab.start("a", "cluster-flor");
    const done = await strike;
    // On a busy machine the process may have only just come back, and a delay by its start is not the attack's doing.
    await ground.untilHonestWork();
    const { handshakes, leaked } = done as unknown as { handshakes: number; leaked: readonly string[] };
    return courseOf(done, {
      isHeld: handshakes >= HANDSHAKES_MIN && leaked.length === 0,
      text: `${leaked.length} of ${handshakes} handshakes showed who talks${leaked.length > 0 ? ` (${leaked[0]})` : ""}`,
    });
  },
};
