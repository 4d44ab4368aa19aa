import { setTimeout as sleep } from "node:timers/promises";
import { programArguments } from "@florenetes/meshlab";
import type { Attack } from "../attack.ts";
import { courseOf } from "../course.ts";
import type { Ground } from "../ground.ts";
import { service, SERVICE_PORT, TUNNEL_PORT } from "../mesh.ts";

/** The honest operator's tunnel leads over the attacked vertex to the vertex behind it. */
const FAR_PORT = TUNNEL_PORT + 2;
const HOPS = ["v", "w"];
/** Time between two traces: a trace asks a vertex ten times or so, and 16 questions a second are answered over a link. */
const PAUSE_MS = 1_500;
/** The part of the questions that has to be answered: a wire may lose some. */
const ANSWERED_MIN = 0.9;

export const questionFlood: Attack = {
  name: "question-flood",
  by: "neighbour",
  description:
    "Floods its neighbour with questions of traces, then with questions that lead nowhere, then with first packets of connections: whoever " +
    "looks for a fault over another link is to hear nothing.",
  held: "every trace of an operator over another link hears all of its hops, and nine of ten of its questions are answered.",
  mesh: {
    cluster: "hostile",
    nodes: { a: {}, m: {}, v: {}, w: {} },
    links: [{ between: ["a", "v"] }, { between: ["m", "v"] }, { between: ["v", "w"] }],
    services: { web: service("v", SERVICE_PORT), far: service("w", SERVICE_PORT) },
    tunnels: [
      { node: "a", listen: `tcp://127.0.0.1:${TUNNEL_PORT}`, as: "user/alice", service: "web", path: ["a", "v"] },
      { node: "a", listen: `tcp://127.0.0.1:${FAR_PORT}`, as: "user/alice", service: "far", path: ["a", "v", "w"] },
    ],
  },
  run: async (ground, { isShort }) => {
    const strike = ground.strike("question_flood", { seconds: isShort ? 9 : 45 });
    const isOver = strike.then(
      () => true,
      () => true,
    );
    const traces: Traced[] = [];
    // The first trace may begin before the flood, and the last may end after it.
    do traces.push(await traceFar(ground));
    while (!(await Promise.race([isOver, sleep(PAUSE_MS, false)])));
    const { meshPackets, answers, ...rest } = await strike;
    const complete = traces.filter(({ vertices }) => HOPS.every((hop) => vertices.includes(hop))).length;
    const [sent, received] = (["sent", "received"] as const).map((key) =>
      traces.reduce((sum, traced) => sum + traced[key], 0),
    );
    return courseOf(
      rest,
      {
        isHeld: complete === traces.length && complete > 1,
        text: `${complete} of ${traces.length} traces over another link heard all hops, beside ${meshPackets as number} packets that brought ${answers as number} answers`,
      },
      {
        isHeld: received! >= ANSWERED_MIN * sent!,
        text: `${received} of ${sent} of their questions were answered`,
      },
    );
  },
};

/** The outcome of one trace. */
interface Traced {
  readonly vertices: readonly (string | undefined)[];
  readonly sent: number;
  readonly received: number;
}

async function traceFar({ lab }: Ground): Promise<Traced> {
  const target = `tcp://127.0.0.1:${FAR_PORT}`;
  const argv = [
    ...programArguments("cluster-flor"),
    "trace",
    target,
    "--config",
    lab.configFile("a", "cluster-flor"),
    "--json",
  ];
  const { stdout, stderr } = await lab.exec("a", [process.execPath, ...argv]);
  if (stdout === "") throw new Error(`the trace failed: ${stderr}`);
  const { hops } = JSON.parse(stdout) as {
    readonly hops: readonly {
      readonly told: { readonly vertex: string } | null;
      readonly sent: number;
      readonly received: number;
    }[];
  };
  return {
    vertices: hops.map(({ told }) => told?.vertex),
    sent: hops.reduce((sum, hop) => sum + hop.sent, 0),
    received: hops.reduce((sum, hop) => sum + hop.received, 0),
  };
}
