import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { Command, type OptionValueSource } from "commander";
import { parse } from "yaml";

interface Flags {
  readonly cluster: boolean;
  readonly only?: string;
  readonly listen: string;
  readonly endpoint: string;
  readonly junit?: string;
  readonly json: boolean;
  readonly measure: boolean;
  readonly credentials: boolean;
}

interface Texts extends Flags {
  readonly unchecked?: string;
  readonly beside?: string;
  readonly settings: string;
  readonly benches: string;
  readonly rate?: string;
}

export interface Options extends Flags {
  readonly command: readonly string[];
  readonly unchecked: readonly string[] | undefined;
  /** The link vertex that is measured for comparison; undefined: link-flor. */
  readonly beside: readonly string[] | undefined;
  /** The vertex's own keys in its config. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly benches: number;
  /** The rate in bits per second; undefined: the medium is as fast as the machine. */
  readonly rate: number | undefined;
}

const UDP = "udp://127.0.0.1:{port}";
/** Options for link vertices only. */
const OF_LINK_VERTICES = ["listen", "endpoint", "rate", "credentials", "unchecked", "measure", "beside"] as const;
const GIVEN: readonly (OptionValueSource | undefined)[] = ["cli"];

const program = new Command("vertex-kit")
  .description(
    "Starts a link vertex twice and plays the cluster vertex of both, or starts a cluster vertex and plays its link vertices. It says which " +
      "requirements of docs/protocol/link-vertex.md or docs/protocol/cluster-vertex.md are kept. Ends with 1 when one is not kept, with 2 when it is called wrongly.",
  )
  .argument("<command>", "how the vertex is started; `run --config FILE` is put behind it")
  .option("--cluster", "the command is a cluster vertex, and not a link vertex", false)
  .option("--only <pattern>", "only checks whose number or title has this regular expression in it, and no measures")
  .option("--junit <file>", "write a report in the form of JUnit, too")
  .option("--json", "print one JSON document in place of the table", false)
  .option(
    "--settings <yaml>",
    "keys of its own that its config has beside those of the kit, as '{ dead-after: 4s }'",
    "{}",
  )
  .option(
    "--benches <number>",
    "how many benches are looked at at a time: two processes of a link vertex, or one of a cluster vertex",
    "4",
  )
  .option(
    "--listen <text>",
    "link vertex: what its config has for `listen`; {port} stands for a free port, {folder} for the folder of the node",
    UDP,
  )
  .option("--endpoint <text>", "link vertex: how an originator names it; {port} stands for the same port", UDP)
  .option(
    "--rate <bits per second>",
    "link vertex: how much its medium carries, where that is little: floods, pauses and deadlines follow it",
  )
  .option("--no-credentials", "link vertex: its medium proves nobody: what is asked of identities is not judged")
  .option(
    "--unchecked <command>",
    "link vertex: a program that speaks its link protocol and presents the identity that it is given, in order or not; without it such peers are not judged",
  )
  .option("--no-measure", "link vertex: leave out throughput, round trip and CPU")
  .option("--beside <command>", "link vertex: the one that is measured beside it, in place of link-flor")
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

/** Ends the process when it is called wrongly. */
export function readOptions(): Options {
  program.parse();
  const { unchecked, beside, benches, rate, settings, ...flags } = program.opts<Texts>();
  if (!isPattern(flags.only ?? "")) program.error(`error: "${flags.only}" is no regular expression`);
  if (!/^[1-9]\d?$/.test(benches)) program.error(`error: "${benches}" is no number of 1 to 99`);
  if (!/^[1-9]\d{2,11}$/.test(rate ?? "1000")) program.error(`error: "${rate}" is no number of bits per second`);
  const odd = OF_LINK_VERTICES.find((name) => GIVEN.includes(program.getOptionValueSource(name)));
  if (flags.cluster && odd !== undefined) program.error(`error: --cluster has no use for what is said of "${odd}"`);
  return {
    ...flags,
    command: readCommand(program.args[0]!),
    unchecked: unchecked === undefined ? undefined : readCommand(unchecked),
    beside: beside === undefined ? undefined : readCommand(beside),
    settings: readSettings(settings),
    benches: Number(benches),
    rate: rate === undefined ? undefined : Number(rate),
  };
}

function readSettings(text: string): Readonly<Record<string, unknown>> {
  try {
    const settings: unknown = parse(text);
    if (typeof settings === "object" && settings !== null) return settings as Record<string, unknown>;
  } catch {
    // The text is no object of JSON: the error below says so.
  }
  return program.error(`error: "${text}" is no mapping in YAML`);
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}

/** A program and its arguments. Files are looked for in the caller's folder, since the vertex runs in another one. */
function readCommand(text: string): string[] {
  const folder = process.env["INIT_CWD"] ?? process.cwd();
  const words = text.split(" ").filter((word) => word !== "");
  if (words.length === 0) program.error("error: a command is empty");
  return words.map((word) => {
    const path = resolve(folder, word);
    return word.includes("/") && existsSync(path) ? path : word;
  });
}
