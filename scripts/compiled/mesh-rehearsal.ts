/**
 * Runs programs that have just been bundled as a mesh, so that V8's code of what they do beside neighbours lies beside them, too: a node
 * then takes an eighth less CPU time until its links are up.
 *
 *   node scripts/compiled/mesh-rehearsal.ts
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

// All processes of the lab inherit it.
const keepCompiled = new URL("keep-compiled.ts?in-mesh", import.meta.url).href;
process.env["NODE_OPTIONS"] = `${process.env["NODE_OPTIONS"] ?? ""} --import=${keepCompiled}`;

// The lab is that of the build, too, and starts what is built.
const meshlab = new URL("../../tools/meshlab/dist/index.js", import.meta.url).href;
const { openLab } = (await import(meshlab)) as typeof import("../../tools/meshlab/src/index.ts");

const server = createServer((_, answer) => void answer.setHeader("connection", "close").end("hello"));
server.listen(0, "127.0.0.1");
await once(server, "listening");
await rehearse(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`);
server.close();

/** Each node calls one neighbour, is called by the other, relays, asks and serves: they all run the same functions. */
async function rehearse(target: string): Promise<void> {
  const names = ["a", "b", "c"];
  const hop = (index: number, by: number): string => names[(index + by) % names.length]!;
  await using lab = await openLab({
    cluster: "rehearsal",
    nodes: Object.fromEntries(names.map((name) => [name, null])),
    links: names.map((name, index) => ({ between: [name, hop(index, 1)] })),
    services: Object.fromEntries(names.map((name) => [`of-${name}`, { node: name, target, allow: ["user/alice"] }])),
    tunnels: names.map((name, index) => ({
      node: name,
      listen: "tcp://127.0.0.1:0",
      as: "user/alice",
      service: `of-${hop(index, 2)}`,
      path: [name, hop(index, 1), hop(index, 2)],
    })),
  });
  await lab.up();
  await Promise.all(lab.tunnels.map(async ({ listen }) => (await fetch(listen.replace("tcp:", "http:"))).text()));
  await lab.statuses();
}
