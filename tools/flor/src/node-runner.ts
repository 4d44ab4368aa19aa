import { spawn } from "node:child_process";
import type { Mesh } from "@florenetes/mesh-file";
import type { CommandEnd, NodeRunner } from "./mesh-moves.ts";

/** Bytes of a command's output that are kept: its end says most. */
const SAID_SIZE_MAX = 65_536;

/**
 * Runs commands on nodes by way of another one, such as `ssh {host}`: the words of ours are put behind its own.
 *
 * @param via Words between spaces. `{node}` stands for the node's name, `{host}` for its address, or its name where it has none.
 * @param timeoutMs A command that takes longer is ended.
 */
export function nodeRunner(via: string, meshes: readonly Mesh[], timeoutMs: number): NodeRunner {
  const template = via.split(" ").filter((word) => word !== "");
  const addressOf = (node: string): string | undefined =>
    meshes.flatMap(({ nodes }) => nodes).find(({ name, address }) => name === node && address !== undefined)?.address;
  return (node, words, input) => {
    const host = addressOf(node) ?? node;
    const own = template.map((word) => word.replaceAll("{node}", () => node).replaceAll("{host}", () => host));
    return runToEnd([...own, ...words], input, timeoutMs);
  };
}

function runToEnd([command = "", ...args]: readonly string[], input: string, timeoutMs: number): Promise<CommandEnd> {
  return new Promise((done) => {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], timeout: timeoutMs, killSignal: "SIGKILL" });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-SAID_SIZE_MAX)));
    }
    child.once("error", (error) => done({ code: null, said: error.message }));
    child.once("close", (code) => done({ code, said }));
    // One that does not read it says why.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}
