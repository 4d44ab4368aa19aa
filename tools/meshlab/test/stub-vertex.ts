/**
 * Stands for link-flor and cluster-flor in tests of the lab: `stub-vertex run --config <file>`. It opens the admin socket that
 * its config names and reports a whole mesh, or whatever the environment says. Tests start more than a hundred stubs, so it loads little:
 *
 *     STUB_DIE=<node> <process>     that process writes a line and ends with exit code 3
 *     STUB_DOWN=<node> <peer>       that node says that its link to the peer was refused
 *     STUB_DEAF=1                   SIGTERM does nothing
 */
import { readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { parse } from "yaml";

interface Config {
  readonly admin: string;
  readonly clusters?: object;
  readonly links?: Record<string, { readonly peer: string; readonly tag?: string; readonly role: string }>;
  readonly tunnels?: readonly { readonly listen: string }[];
}

const node = process.env["FLORENETES_NODE"];
const config = parse(readFileSync(process.argv[4] ?? "", "utf8")) as Config;
const name = config.clusters === undefined ? "cluster-flor" : "link-flor";
// The handler comes before the line that tests wait for.
process.on("SIGHUP", () => {});
process.stdout.write(`stub ${name} of ${node}\n`);

if (process.env["STUB_DIE"] === `${node} ${name}`) {
  process.stdout.write("the stub cannot go on\n");
  process.exit(3);
}
if (process.env["STUB_DEAF"] !== undefined) process.on("SIGTERM", () => {});

const links = Object.entries(config.links ?? {}).map(([name, { peer, tag = "0", role }]) => {
  const isDown = process.env["STUB_DOWN"] === `${node} ${peer}`;
  const state = isDown
    ? { state: "refused", code: "WRONG_PEER", text: "another name" }
    : { state: "up", code: "", text: "" };
  return { name, peer, tag, role, mtu: 1420, ...state };
});
const tunnels = (config.tunnels ?? []).map(({ listen }) => ({ listen, isListening: true, text: "" }));
const status =
  name === "link-flor"
    ? { clusters: [] }
    : { vertex: node, portals: [{ state: "attached" }], links, tunnels, connections: [] };

rmSync(config.admin, { force: true });
const body = JSON.stringify(status);
createServer((_, response) => response.setHeader("Content-Type", "application/json").end(body)).listen(config.admin);
