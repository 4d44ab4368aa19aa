import { globSync } from "node:fs";
import { EXIT_CODES, foreignText, OperatorError, visibleJson } from "@florenetes/operator-text";
import { agentAdmin, hasAgent, type Mesh, type MeshNode } from "@florenetes/mesh-file";
import { requestAdmin, terminalWidth, wrapLine } from "@florenetes/process-kit";
import type { Command } from "commander";
import { readRenderable } from "../mesh-documents.ts";
import { ANSWER_SIZE_MAX, ASKED_AT_ONCE_MAX, TEXT_LENGTH_MAX } from "../mesh-status/limits.ts";
import { secondsOf, VIA_DEFAULT } from "../mesh-status/via.ts";
import { commandNode, fillIn, forNodes, nodeCommand, runNodeCommand } from "../node-commands.ts";
import type { Output } from "../output.ts";
import { agentAdminSocket } from "../units/places.ts";
import { type AgentAnswer, readAgentFacts, readAgentOutput } from "./agent-facts.ts";
import { drawFabric, type FabricPicture } from "./fabric-picture.ts";
import { formatFabric } from "./fabric-picture-text.ts";
import { usageError } from "./usage-error.ts";

interface StatusOptions {
  readonly mesh?: string;
  readonly via: string;
  readonly timeout: string;
  readonly json?: true;
  readonly quiet?: true;
}

const SOCKET_PREFIX = "unix:";

/** `flor fabric status`. */
export function addFabricStatusCommand(fabric: Command, output: Output, finish: (exitCode: number) => void): void {
  fabric
    .command("status")
    .description("ask agents, and show one picture: services, leased routes and which are in use; changes nothing")
    .argument("[socket...]", "admin sockets of agents (default: those of this machine's units)")
    .option("--mesh <file>", "ask the agents of all nodes of this mesh file")
    .option(
      "--via <command>",
      "with --mesh: runs `sh` on {node}, whose address in the mesh file is {host}; or unix:<socket> with {node}, a tunnel to the agent's admin socket",
      VIA_DEFAULT,
    )
    .option("--timeout <seconds>", "how long each agent may take", "20")
    .option("--json", "for programs")
    .option("-q, --quiet", "print nothing: only the exit code says whether all is as it should be")
    .action(async (sockets: readonly string[], options: StatusOptions) => {
      const picture = await ask(sockets, options, output);
      if (options.quiet !== true)
        output.out(options.json === true ? visibleJson(JSON.stringify(picture)) : toText(picture));
      finish(picture.isWhole ? EXIT_CODES.ok : EXIT_CODES.failed);
    });
}

async function ask(
  named: readonly string[],
  { mesh: file, via, timeout }: StatusOptions,
  output: Output,
): Promise<FabricPicture> {
  const timeoutMs = secondsOf(timeout);
  if (file === undefined) {
    const sockets = named.length > 0 ? named : globSync(agentAdminSocket("*"));
    if (sockets.length === 0) throw usageError("no agent runs as a unit here: name sockets, or give --mesh");
    const answers = await forNodes(sockets, (socket) => askSocket(socket, timeoutMs), ASKED_AT_ONCE_MAX);
    // An agent that answers is known by its name.
    const placeOf = (answer: AgentAnswer, socket: string): string => ("status" in answer ? answer.status.node : socket);
    return drawFabric(new Map(answers.map((answer, at) => [placeOf(answer, sockets[at]!), answer])));
  }
  if (named.length > 0) throw usageError("give sockets or --mesh, and not both");
  const { mesh } = (await readRenderable([file], output))[0]!;
  const nodes = mesh.nodes.filter(({ name }) => hasAgent(mesh, name));
  if (nodes.length === 0) throw usageError("no node of the mesh file has an agent (`fabric`)");
  const answers = await forNodes(nodes, (node) => askNode(mesh, node, via, timeoutMs), ASKED_AT_ONCE_MAX);
  return drawFabric(new Map(nodes.map(({ name }, at) => [name, checked(name, answers[at]!)])), mesh.cluster);
}

/** An agent of another node is taken for none, for instance because `--via` leads astray. */
function checked(node: string, answer: AgentAnswer): AgentAnswer {
  if ("silence" in answer || answer.status.node === node) return answer;
  return { silence: `it is the agent of ${answer.status.node} that answers` };
}

async function askNode(mesh: Mesh, node: MeshNode, via: string, timeoutMs: number): Promise<AgentAnswer> {
  const place = commandNode(node.name, [mesh]);
  if (via.startsWith(SOCKET_PREFIX)) return askSocket(fillIn(via.slice(SOCKET_PREFIX.length), place), timeoutMs);
  const input = `fabric-flor status --json --admin '${agentAdmin(mesh, node)}' </dev/null 2>&1\nexit 0\n`;
  const options = { input, timeoutMs, outputMax: ANSWER_SIZE_MAX };
  const result = await runNodeCommand(nodeCommand(via, place, ["sh"]), options);
  return "problem" in result ? { silence: result.problem } : readAgentOutput(result.stdout);
}

async function askSocket(socket: string, timeoutMs: number): Promise<AgentAnswer> {
  try {
    return readAgentFacts(await requestAdmin(socket, "/status", { timeoutMs, sizeMax: ANSWER_SIZE_MAX }));
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return { silence: foreignText(`${socket}: ${error.message}`, TEXT_LENGTH_MAX) };
  }
}

function toText(picture: FabricPicture): string {
  const width = terminalWidth();
  return formatFabric(picture, width)
    .split("\n")
    .flatMap((line) => wrapLine(line, width, 4))
    .join("\n");
}
