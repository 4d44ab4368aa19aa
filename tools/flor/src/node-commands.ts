import { spawn } from "node:child_process";
import { foreignText } from "@florenetes/foreign-text";

/** A node, as the words of a command name it. */
export interface CommandNode {
  readonly name: string;
  /** Where it is found: the address that the mesh file has, or its name. */
  readonly host: string;
}

export interface NodeCommandOptions {
  /** The command reads this from its standard input. */
  readonly input: string;
  readonly timeoutMs: number;
  /** Bytes that it may print; what is more is a problem. */
  readonly outputMax: number;
}

/** The output of a command, or the reason why it has none. */
export type NodeCommandResult = { readonly stdout: string } | { readonly problem: string };

/** Nodes that are asked at a time. */
const NODES_AT_ONCE = 8;
/** Bytes of the standard error that are kept: the last ones, where the reason stands. */
const COMPLAINT_SIZE_MAX = 4_096;
const PROBLEM_LENGTH_MAX = 240;

/** The words of `command`, with `{node}` and `{host}` filled in, and `words` behind them. No shell reads them. */
export function nodeCommand(command: string, node: CommandNode, words: readonly string[]): readonly string[] {
  const own = command.split(/\s+/).filter((word) => word !== "");
  return [...own.map((word) => fillIn(word, node)), ...words];
}

/** A text with the node's name and host in the places for them. */
export function fillIn(text: string, { name, host }: CommandNode): string {
  return text.replaceAll("{node}", name).replaceAll("{host}", host);
}

/** Does something for each node, for a bounded number of them at a time. The answers are in the order of the nodes. */
export async function forNodes<Node, Answer>(
  nodes: readonly Node[],
  action: (node: Node) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  const waiting = nodes.entries();
  const work = async (): Promise<void> => {
    for (const [index, node] of waiting) answers[index] = await action(node);
  };
  await Promise.all(Array.from({ length: Math.min(NODES_AT_ONCE, nodes.length) }, work));
  return answers;
}

/** Runs a command to its end. One that takes too long or prints too much is killed, and nobody waits for what it has started. */
export function runNodeCommand(argv: readonly string[], options: NodeCommandOptions): Promise<NodeCommandResult> {
  const { input, timeoutMs, outputMax } = options;
  const [program = "", ...args] = argv;
  return new Promise((done) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    const printed: Buffer[] = [];
    let size = 0;
    let complaint = Buffer.alloc(0);
    const end = (result: NodeCommandResult): void => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      for (const stream of child.stdio) stream?.destroy();
      done(result);
    };
    const timer = setTimeout(() => end({ problem: `no answer within ${timeoutMs / 1_000} s` }), timeoutMs);
    child.once("error", ({ message }) =>
      end({ problem: `cannot be started: ${foreignText(message, PROBLEM_LENGTH_MAX)}` }),
    );
    child.once("close", (code, signal) => {
      if (code === 0) end({ stdout: Buffer.concat(printed).toString() });
      else end({ problem: endOf(code ?? signal, complaint.toString()) });
    });
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= outputMax) printed.push(chunk);
      else end({ problem: `it printed more than ${outputMax} bytes` });
    });
    child.stderr.on("data", (chunk: Buffer) => {
      complaint = Buffer.concat([complaint, chunk]).subarray(-COMPLAINT_SIZE_MAX);
    });
    // A command that reads nothing closes its end.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

/** The last line that a command has written is mostly the one with the reason. */
function endOf(code: number | string | null, complaint: string): string {
  const line = complaint.trim().split("\n").at(-1) ?? "";
  const reason = line === "" ? "" : `: ${foreignText(line.trim(), PROBLEM_LENGTH_MAX)}`;
  return `the command ended with ${code}${reason}`;
}
