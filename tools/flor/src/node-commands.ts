import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { foreignText } from "@florenetes/operator-text";
import type { Mesh } from "@florenetes/mesh-file";
import type { CommandEnd } from "./mesh-moves.ts";

/** A node, by the texts that the words of a command may name. */
export interface CommandNode {
  readonly name: string;
  /** The node's address in the mesh file, or its name. */
  readonly host: string;
}

export interface NodeCommandOptions {
  /** The command reads this text, or what this stream gives, from its standard input. */
  readonly input: string | Readable;
  readonly timeoutMs: number;
  /** Bytes that the command may print. More bytes are a problem. */
  readonly outputMax: number;
}

/** The output of a command, or the reason why it has none. */
export type NodeCommandResult = { readonly stdout: string } | { readonly problem: string };

/** Nodes that are asked at a time. */
const NODES_AT_ONCE = 8;
/** Bytes of the standard error that are kept: the last ones, which have the reason. */
const COMPLAINT_SIZE_MAX = 4_096;
/** Bytes of a command's output for people that are kept: the last ones, which say most. */
const SAID_SIZE_MAX = 65_536;
const PROBLEM_LENGTH_MAX = 240;

/** A node of mesh files, by its name. */
export function commandNode(name: string, meshes: readonly Mesh[]): CommandNode {
  const addresses = meshes.flatMap(({ nodes }) => nodes.flatMap((node) => (node.name === name ? node.address : [])));
  return { name, host: addresses.find((address) => address !== undefined) ?? name };
}

/** The words of `command`, with `{node}` and `{host}` filled in, and `words` behind them. No shell reads them. */
export function nodeCommand(command: string, node: CommandNode, words: readonly string[]): readonly string[] {
  const own = command.split(/\s+/).filter((word) => word !== "");
  return [...own.map((word) => fillIn(word, node)), ...words];
}

/** Fills the node's name and host into a text. */
export function fillIn(text: string, { name, host }: CommandNode): string {
  return text.replaceAll("{node}", () => name).replaceAll("{host}", () => host);
}

/** Does something for each node, for some of them at a time. The answers are in the order of the nodes. */
export async function forNodes<Node, Answer>(
  nodes: readonly Node[],
  action: (node: Node) => Promise<Answer>,
  atOnce: number = NODES_AT_ONCE,
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  const waiting = nodes.entries();
  const work = async (): Promise<void> => {
    for (const [index, node] of waiting) answers[index] = await action(node);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, nodes.length) }, work));
  return answers;
}

/** Runs a command to its end, and returns its output. */
export async function runNodeCommand(argv: readonly string[], options: NodeCommandOptions): Promise<NodeCommandResult> {
  const { outputMax } = options;
  const printed: Buffer[] = [];
  let size = 0;
  let complaint = Buffer.alloc(0);
  const end = await runToEnd(argv, options, (chunk, stream) => {
    if (stream === "stderr") complaint = endOf(complaint, chunk, COMPLAINT_SIZE_MAX);
    else if ((size += chunk.length) <= outputMax) printed.push(chunk);
    else return `it printed more than ${outputMax} bytes`;
    return undefined;
  });
  if ("problem" in end) return end;
  if (end.code === 0) return { stdout: Buffer.concat(printed).toString() };
  return { problem: reasonOf(end.code, complaint.toString()) };
}

/** Runs a command to its end, and returns its exit code. The end of its output is kept for people. */
export async function orderNode(
  argv: readonly string[],
  options: Pick<NodeCommandOptions, "input" | "timeoutMs">,
): Promise<CommandEnd> {
  let said = Buffer.alloc(0);
  const end = await runToEnd(argv, options, (chunk) => void (said = endOf(said, chunk, SAID_SIZE_MAX)));
  if ("problem" in end) return { code: null, said: `${said.toString()}\n${end.problem}` };
  return { code: typeof end.code === "number" ? end.code : null, said: said.toString() };
}

/** The exit code of a command, or its signal; or the reason why it has neither. */
type Ended = { readonly code: number | string } | { readonly problem: string };

/**
 * Runs a command to its end. Kills it when it takes too long, or when `onOutput` returns a problem with its output. Its own children are not
 * waited for.
 */
function runToEnd(
  [program = "", ...args]: readonly string[],
  { input, timeoutMs }: Pick<NodeCommandOptions, "input" | "timeoutMs">,
  onOutput: (chunk: Buffer, stream: "stdout" | "stderr") => string | undefined,
): Promise<Ended> {
  return new Promise((done) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    const end = (result: Ended): void => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      if (typeof input !== "string") input.destroy();
      for (const stream of child.stdio ?? []) stream?.destroy();
      done(result);
    };
    const timer = setTimeout(() => end({ problem: `no answer within ${timeoutMs / 1_000} s` }), timeoutMs);
    child.once("error", ({ message }) =>
      end({ problem: `cannot be started: ${foreignText(message, PROBLEM_LENGTH_MAX)}` }),
    );
    child.once("close", (code, signal) => end({ code: code ?? signal! }));
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].on("data", (chunk: Buffer) => {
        const problem = onOutput(chunk, stream);
        if (problem !== undefined) end({ problem });
      });
    }
    // A command that reads nothing closes its end.
    child.stdin.on("error", () => undefined);
    if (typeof input === "string") child.stdin.end(input);
    else
      input
        .once("error", ({ message }) => end({ problem: `cannot be read: ${foreignText(message, PROBLEM_LENGTH_MAX)}` }))
        .pipe(child.stdin);
  });
}

/** The last `sizeMax` bytes of both together. */
function endOf(bytes: Buffer, chunk: Buffer, sizeMax: number): Buffer<ArrayBuffer> {
  return Buffer.concat([bytes, chunk]).subarray(-sizeMax);
}

/** Says why a command has failed. Its last line mostly has the reason. */
function reasonOf(code: number | string, complaint: string): string {
  const line = complaint.trim().split("\n").at(-1) ?? "";
  const reason = line === "" ? "" : `: ${foreignText(line.trim(), PROBLEM_LENGTH_MAX)}`;
  return `the command ended with ${code}${reason}`;
}
