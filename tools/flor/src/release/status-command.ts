import { EXIT_CODES, foreignText, visibleJson } from "@florenetes/operator-text";
import { formatTable, requestAdmin } from "@florenetes/process-kit";
import type { Command } from "commander";
import { z } from "zod";
import { answerError } from "../fabric/asked-agent.ts";
import type { Output } from "../output.ts";

const TEXT_LENGTH_MAX = 100;
const MINUTE_MS = 60_000;
/** Stages count 1/10,000 of the nodes. */
const PERCENT = 100;

const count = z.number().nonnegative();
const word = z.string();
const inForce = { version: word, epoch: count, stage: count, deadline: word.nullable() };
const counts = { inStage: count, whole: count, back: count };
const answerForm = z.object({
  node: word,
  own: z
    .object({
      channel: word,
      version: word.nullable(),
      state: word.nullable(),
      code: word.nullable(),
      waitsFor: word.nullable(),
      release: z.object(inForce).nullable(),
    })
    .nullable(),
  coordinator: z
    .object({
      partition: word,
      heard: count,
      releases: z.array(z.object({ channel: word, ...inForce, ...counts })),
      versions: z.array(z.object({ channel: word, version: word, told: count, states: z.record(word, count) })),
      nodes: z.array(z.object({ node: word, channel: word, version: word, state: word, code: word.nullable() })),
      left: count,
    })
    .nullable(),
  rule: z
    .object({
      isListed: z.boolean(),
      signed: count,
      fault: word.nullable(),
      watched: z.array(
        z.object({
          channel: word,
          version: word,
          stage: count,
          next: count,
          wholeForMs: count.nullable(),
          holdMs: count,
          ...counts,
        }),
      ),
    })
    .nullable(),
});

type Answer = z.infer<typeof answerForm>;

interface StatusOptions {
  readonly agent: string;
  readonly channel?: string;
  readonly json?: true;
}

/** `flor release status`. */
export function addReleaseStatus(release: Command, output: Output, finish: (exitCode: number) => void): void {
  release
    .command("status")
    .description("say how far a release has come: at a node, and, at a coordinator, among the nodes that it hears")
    .requiredOption(
      "--agent <socket>",
      "the admin socket of an agent: of a coordinator, for all nodes of its partition",
    )
    .option("--channel <name>", "this channel alone")
    .option("--json", "for programs")
    .action(async (options: StatusOptions) => finish(await showStatus(options, output)));
}

async function showStatus({ agent, channel, json }: StatusOptions, output: Output): Promise<number> {
  const query = channel === undefined ? "" : `?${new URLSearchParams({ channel }).toString()}`;
  const said = await requestAdmin(agent, `/releases${query}`);
  const answer = answerForm.safeParse(said);
  if (!answer.success) throw answerError(agent, "answered what are no releases");
  if (json === true) output.out(visibleJson(JSON.stringify(said, undefined, 2)));
  else for (const line of linesOf(answer.data)) output.out(line);
  return EXIT_CODES.ok;
}

function* linesOf(answer: Answer): Generator<string> {
  yield* ownLines(answer);
  yield* coordinatorLines(answer);
  yield* ruleLines(answer);
}

function* ownLines({ node, own }: Answer): Generator<string> {
  if (own === null) {
    yield `node ${foreign(node)} follows no channel that was asked for`;
    return;
  }
  const { channel, version, state, code, waitsFor, release } = own;
  const held = release === null ? "no release is held" : `${foreign(release.version)} at ${percent(release.stage)}`;
  const why = [waitsFor === null ? "" : `waits for its ${waitsFor}`, code ?? ""].filter((text) => text !== "");
  const reason = why.length === 0 ? "" : ` (${foreign(why.join(", "))})`;
  yield `node ${foreign(node)}: ${foreign(channel)}: ${held}; it has ${foreign(version ?? "no package")}: ${foreign(state ?? "not known yet")}${reason}`;
}

function* coordinatorLines({ coordinator }: Answer): Generator<string> {
  if (coordinator === null) {
    yield "it coordinates nothing: ask a coordinator for the other nodes";
    return;
  }
  const { partition, heard, releases, versions, nodes, left } = coordinator;
  const rows = releases.map((each) => [
    foreign(each.channel),
    foreign(each.version),
    String(each.epoch),
    percent(each.stage),
    String(each.inStage),
    String(each.whole),
    String(each.back),
  ]);
  const header = ["CHANNEL", "VERSION", "EPOCH", "STAGE", "TOLD TO", "WHOLE", "WENT BACK"];
  yield formatTable(`releases, as ${heard} nodes of ${foreign(partition)} tell`, header, rows);
  const states = versions.map(({ channel, version, told, states: by }) => [
    foreign(channel),
    foreign(version),
    String(told),
    ...STATES.map((state) => String(by[state] ?? 0)),
  ]);
  const names = STATES.map((state) => state.toUpperCase());
  yield formatTable("nodes by what they have", ["CHANNEL", "HAS", "NODES", ...names], states);
  const troubled = nodes.map(({ node, channel, version, state, code }) =>
    [node, channel, version, state, code ?? "-"].map(foreign),
  );
  if (troubled.length > 0) yield formatTable("not well", ["NODE", "CHANNEL", "HAS", "STATE", "CODE"], troubled);
  if (left > 0) yield `${left} more`;
}

const STATES = ["current", "waiting", "fetching", "ready", "installing", "back", "refused"];

function* ruleLines({ rule }: Answer): Generator<string> {
  if (rule === null) return;
  const { isListed, signed, fault, watched } = rule;
  const why = fault === null ? "" : `; it cannot sign: ${foreign(fault)}`;
  yield `a program's key raises stages here${isListed ? "" : ", but the root does not list it for the update quorum"}: ${signed} signed${why}`;
  for (const { channel, version, stage, next, wholeForMs, holdMs } of watched) {
    const of = minutes(holdMs);
    const held = wholeForMs === null ? "the nodes are not whole" : `whole for ${minutes(wholeForMs)} of ${of} min`;
    yield `  ${foreign(channel)} ${foreign(version)}: from ${percent(stage)} to ${percent(next)}: ${held}`;
  }
}

function minutes(ms: number): number {
  return Math.floor(ms / MINUTE_MS);
}

function percent(stage: number): string {
  return `${stage / PERCENT} %`;
}

function foreign(text: string): string {
  return foreignText(text, TEXT_LENGTH_MAX);
}
