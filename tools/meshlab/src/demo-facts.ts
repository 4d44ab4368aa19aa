import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { MeshFileInput } from "@florenetes/mesh-file";
import type { WatchedAnswers } from "./demo-request.ts";
import { ownProgram } from "./executables.ts";
import type { FabricLab } from "./fabric-lab.ts";
import type { FabricPlan } from "./fabric-plan.ts";
import type { Lab } from "./lab.ts";
import { labError } from "./lab-error.ts";
import { drawMesh } from "./picture.ts";
import { print } from "./terminal.ts";

/** The mesh of the demo of facts: b and c can both host a service, and a has a tunnel to it by its name alone. */
export const FACTS_MESH: MeshFileInput = {
  cluster: "demo",
  nodes: { a: null, b: null, c: null },
  links: [{ between: ["a", "b"] }, { between: ["a", "c"] }],
};

export interface FactsPorts {
  readonly tunnel: number;
  readonly b: number;
  readonly c: number;
}

export function factsPlan({ tunnel, b, c }: FactsPorts): FabricPlan {
  const targets = { b: `tcp://127.0.0.1:${b}`, c: `tcp://127.0.0.1:${c}` };
  return {
    services: { web: { allow: ["user/alice"], targets } },
    tunnels: [{ node: "a", listen: `tcp://127.0.0.1:${tunnel}`, as: "user/alice", service: "web" }],
  };
}

/** Starts the web servers of hosts, by their ports. */
export function startHosts(lab: Lab, hosts: Readonly<Record<string, number>>): readonly ChildProcess[] {
  return Object.entries(hosts).map(([node, port]) =>
    lab.spawn(node, [...ownProgram(), "demo-service", "127.0.0.1", String(port), node], {
      stdio: ["ignore", "pipe", "inherit"],
    }),
  );
}

/** Shows a service that is found by its name, and moved by one record that two of three operators have signed. */
export async function showFacts(
  lab: Lab,
  fabric: FabricLab,
  { tunnel }: FactsPorts,
  progress: (text: string) => void,
): Promise<void> {
  const url = `http://127.0.0.1:${tunnel}/`;
  progress("a root of three operators, of whom two have to sign, and records of nodes a, b and c");
  await fabric.up();
  progress("record 1: service web is hosted by b; alice and bob have signed it, and b's agent gets it");
  const found = await timeUntilAnswered(lab, url, "b", () => fabric.publish("b", [fabric.signService("web", ["b"])]));
  progress("record 2: service web is hosted by c; one operator has signed it, and c's agent gets it");
  const [refused] = ((await fabric.publish("c", [fabric.signService("web", ["c"], 1)])) as Published).records;
  progress("record 2 again, signed by two");
  const moved = await timeUntilAnswered(lab, url, "c", () => fabric.publish("c", [fabric.signService("web", ["c"])]));
  print(`\n${drawMesh(lab.mesh, await lab.statuses())}`);
  print(`root     ${fabric.fingerprint}`);
  print(`found    ${found.milliseconds} ms after the record came to b, a's request for web was answered by b`);
  print(`refused  signed by one of three: ${refused?.reason ?? "it was taken"}: ${refused?.text ?? ""}`);
  print(
    `moved    ${moved.milliseconds} ms after the record came to c, by c; ${moved.failed} of ${moved.requests} requests meanwhile failed`,
  );
  print(`answer   ${moved.body.trim()}`);
  print(`try it   ${lab.commandIn("a", ["curl", url]).join(" ")}`);
  print(`         npm run flor -- fabric inspect ${fabric.recordFile("web")}`);
  print(`         npm run flor -- fabric publish ${fabric.recordFile("web")} --agent ${fabric.controlOf("b")}`);
}

interface Published {
  readonly records: readonly { readonly outcome: string; readonly reason?: string; readonly text?: string }[];
}

export interface Moved extends WatchedAnswers {
  /** From when the record was handed in. */
  readonly milliseconds: number;
}

/**
 * Has a program on a send requests, one after the other, then hands a record in, and waits until a request is answered by a node.
 *
 * @throws OperatorError `ERR_LAB_REQUEST`
 */
export async function timeUntilAnswered(
  lab: Lab,
  url: string,
  node: string,
  publish: () => Promise<unknown>,
): Promise<Moved> {
  const argv = [...ownProgram(), "demo-watch", url, `node ${node},`];
  const watch = lab.spawn("a", argv, { stdio: ["ignore", "pipe", "inherit"] });
  const lines = linesOf(watch);
  // The program says so when its first request is over.
  await lines.next();
  const handedAt = Date.now();
  await publish();
  const { value } = await lines.next();
  if (typeof value !== "string") {
    throw labError("ERR_LAB_REQUEST", `node ${node} does not answer`, "Look at the status of the agents.");
  }
  const watched = JSON.parse(value) as WatchedAnswers;
  return { ...watched, milliseconds: watched.at - handedAt };
}

/** The lines that a process prints. */
export function linesOf({ stdout }: ChildProcess): AsyncIterator<string> {
  return createInterface({ input: stdout! })[Symbol.asyncIterator]();
}
