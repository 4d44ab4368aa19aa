import { foreignText, visibleJson, EXIT_CODES, OperatorError } from "@florenetes/operator-text";
import {
  hasLinkFlor,
  type Mesh,
  type MeshNode,
  nodeSockets,
  type NodeSockets,
  parseNodeConfig,
} from "@florenetes/mesh-file";
import { requestAdmin, showAgain, terminalWidth, watchPause, wrapLine } from "@florenetes/process-kit";
import type { Command } from "commander";
import { renderFiles } from "./mesh-plans.ts";
import { AskedNodes } from "./mesh-status/asked-nodes.ts";
import { ANSWER_SIZE_MAX, TEXT_LENGTH_MAX } from "./mesh-status/limits.ts";
import { drawPicture, type ExpectedMesh, type MeshPicture } from "./mesh-status/mesh-picture.ts";
import { nodeScript, readClusterFacts, readLinkFacts, readNodeOutput, silentNode } from "./mesh-status/node-answer.ts";
import type { NodeAnswer, ProgramAnswer } from "./mesh-status/node-facts.ts";
import { formatPicture } from "./mesh-status/picture-text.ts";
import { secondsOf, VIA_DEFAULT } from "./mesh-status/via.ts";
import { type CommandNode, commandNode, fillIn, nodeCommand, runNodeCommand } from "./node-commands.ts";
import type { Output } from "./output.ts";

interface StatusOptions {
  readonly via: string;
  readonly timeout: string;
  readonly json?: true;
  readonly quiet?: true;
  readonly watch?: string | true;
}

const TIMEOUT_SECONDS_DEFAULT = "20";
/** The picture is shown after this time, with the nodes that have answered by then. */
const SHOWN_AFTER_MS = 2_000;
const SOCKET_PREFIX = "unix:";

/** `flor mesh status`. */
export function addMeshStatusCommand(mesh: Command, output: Output, finish: (exitCode: number) => void): void {
  mesh
    .command("status")
    .description("ask all nodes of a mesh file, and show one picture of the mesh; changes nothing")
    .argument("<file>", "the mesh file; the labels are taken from <file>.lock")
    .option(
      "--via <command>",
      "runs `sh` on {node}, whose address in the mesh file is {host}; or unix:<socket> with {node} and {program}, a tunnel to that program's admin socket",
      VIA_DEFAULT,
    )
    .option("--timeout <seconds>", "how long each node may take", TIMEOUT_SECONDS_DEFAULT)
    .option("--json", "for programs")
    .option("-q, --quiet", "print nothing: only the exit code says whether all is as it should be")
    .option("-w, --watch [seconds]", "show it again and again")
    .action(async (file: string, options: StatusOptions) => {
      const expected = await readExpected(file, output);
      const timeoutMs = secondsOf(options.timeout);
      const pauseMs = options.watch === undefined ? undefined : watchPause(options.watch);
      const { mesh: asked } = expected;
      const nodes = new AskedNodes(asked.nodes, (node) => ask(asked, node, options.via, timeoutMs));
      const draw = (): string => {
        const picture = drawPicture(expected, nodes.answers());
        finish(picture.isWhole ? EXIT_CODES.ok : EXIT_CODES.failed);
        return options.json ? toJson(picture) : toText(picture);
      };
      const isForPeople = options.json !== true && options.quiet !== true;
      const read = async (): Promise<string> => {
        nodes.askAgain();
        await nodes.settle(isForPeople ? SHOWN_AFTER_MS : undefined);
        return draw();
      };
      if (pauseMs !== undefined) await showAgain(async () => `${await read()}\n`, pauseMs, options.json === true);
      let text = await read();
      if (nodes.missing.length > 0) {
        output.out(`${text}\n\nThat is all that has come so far. Waiting for ${nodes.missing.join(", ")} …\n`);
        await nodes.settle();
        text = draw();
      }
      if (options.quiet !== true) output.out(text);
    });
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

function toJson(picture: MeshPicture): string {
  return visibleJson(JSON.stringify(picture));
}

function toText(picture: MeshPicture): string {
  const width = terminalWidth();
  return formatPicture(picture, width)
    .split("\n")
    .flatMap((line) => wrapLine(line, width, 4))
    .join("\n");
}
