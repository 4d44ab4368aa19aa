/** Opens a mesh file, and asks its nodes' programs over a command or tunnels. */
import {
  hasLinkFlor,
  type Mesh,
  type MeshNode,
  nodeSockets,
  type NodeSockets,
  parseNodeConfig,
} from "@florenetes/mesh-file";
import { foreignText, OperatorError } from "@florenetes/operator-text";
import { requestAdmin } from "@florenetes/process-kit";
import type { Command } from "commander";
import { renderFiles } from "../mesh-plans.ts";
import { type CommandNode, commandNode, fillIn, nodeCommand, runNodeCommand } from "../node-commands.ts";
import type { Output } from "../output.ts";
import { AskedNodes } from "./asked-nodes.ts";
import { ANSWER_SIZE_MAX, TEXT_LENGTH_MAX } from "./limits.ts";
import type { ExpectedMesh } from "./mesh-picture.ts";
import { nodeScript, readClusterFacts, readLinkFacts, readNodeOutput, silentNode } from "./node-answer.ts";
import type { NodeAnswer, ProgramAnswer } from "./node-facts.ts";
import { secondsOf, VIA_DEFAULT } from "./via.ts";

export interface AskingOptions {
  readonly via: string;
  readonly timeout: string;
}

export interface AskedMesh {
  readonly expected: ExpectedMesh;
  readonly nodes: AskedNodes;
}

const TIMEOUT_SECONDS_DEFAULT = "20";
export const SOCKET_PREFIX = "unix:";

/** The argument and options of commands that show a mesh as its nodes tell it. */
export function addAskingOptions(command: Command): Command {
  return command
    .argument("<file>", "the mesh file; the labels are taken from <file>.lock")
    .option(
      "--via <command>",
      "runs `sh` on {node}, whose address in the mesh file is {host}; or unix:<socket> with {node} and {program}, a tunnel to that program's admin socket",
      VIA_DEFAULT,
    )
    .option("--timeout <seconds>", "how long each node may take", TIMEOUT_SECONDS_DEFAULT);
}

/** Reads a mesh file. Its nodes are asked when the caller says so. Throws as `renderFiles` does, or ERR_FLOR_USAGE. */
export async function openAskedMesh(file: string, options: AskingOptions, output: Output): Promise<AskedMesh> {
  const expected = await readExpected(file, output);
  const timeoutMs = secondsOf(options.timeout);
  const { mesh } = expected;
  return { expected, nodes: new AskedNodes(mesh.nodes, (node) => ask(mesh, node, options.via, timeoutMs)) };
}

async function readExpected(file: string, output: Output): Promise<ExpectedMesh> {
  const { meshes, locks, rendered } = await renderFiles([file], output);
  const configs = rendered[0]!.nodes.map(
    ({ name, clusterFlor }) => [name, parseNodeConfig(clusterFlor, name)] as const,
  );
  return { mesh: meshes[0]!, configs: new Map(configs), hasLabels: locks[0]!.labels.size > 0 };
}

async function ask(mesh: Mesh, node: MeshNode, via: string, timeoutMs: number): Promise<NodeAnswer> {
  const place = commandNode(node.name, [mesh]);
  const answer = via.startsWith(SOCKET_PREFIX)
    ? await askSockets(via.slice(SOCKET_PREFIX.length), place, timeoutMs)
    : await askShell(nodeSockets(mesh, node), via, place, timeoutMs);
  // Only cluster-flor tells something of other link vertices.
  return hasLinkFlor(mesh, node) ? answer : { ...answer, linkFlor: undefined };
}

async function askShell(sockets: NodeSockets, via: string, node: CommandNode, timeoutMs: number): Promise<NodeAnswer> {
  const options = { input: nodeScript(sockets), timeoutMs, outputMax: ANSWER_SIZE_MAX };
  const result = await runNodeCommand(nodeCommand(via, node, ["sh"]), options);
  return "problem" in result ? silentNode(result.problem) : readNodeOutput(result.stdout);
}

/** Asks a node's programs by sockets. A pattern without `{program}` leads to cluster-flor alone. */
async function askSockets(pattern: string, node: CommandNode, timeoutMs: number): Promise<NodeAnswer> {
  const askProgram = async <Status>(
    program: string,
    read: (status: unknown) => ProgramAnswer<Status>,
  ): Promise<ProgramAnswer<Status>> => {
    const socket = fillIn(pattern, node).replaceAll("{program}", program);
    try {
      return read(await requestAdmin(socket, "/status", { timeoutMs, sizeMax: ANSWER_SIZE_MAX }));
    } catch (error) {
      if (error instanceof OperatorError)
        return { silence: foreignText(`${socket}: ${error.message}`, TEXT_LENGTH_MAX) };
      throw error;
    }
  };
  const [clusterFlor, linkFlor] = await Promise.all([
    askProgram("cluster-flor", readClusterFacts),
    pattern.includes("{program}") ? askProgram("link-flor", readLinkFacts) : undefined,
  ]);
  return { clusterFlor, linkFlor };
}
