import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { parseDuration } from "@florenetes/config-file";
import {
  describeRecord,
  bodyOf,
  isTokenText,
  type Join,
  joinToBeSigned,
  readFact,
  readJoin,
  readJoinPayload,
  readJoinText,
  readRecordTexts,
  readToken,
  type Token,
  writeJoin,
  writeJoinText,
} from "@florenetes/facts";
import { requireRecord } from "@florenetes/facts/authoring";
import { readTextFile } from "@florenetes/identity/authority";
import { EXIT_CODES, foreignText, OperatorError } from "@florenetes/operator-text";
import { requestAdmin } from "@florenetes/process-kit";
import { type Command, InvalidArgumentError } from "commander";
import { z } from "zod";
import { FLOR_ERRORS } from "../error-codes.ts";
import type { Output } from "../output.ts";
import { answerError } from "./asked-agent.ts";

interface JoinOptions {
  readonly agent: string;
  readonly at?: string;
  /** Milliseconds. */
  readonly wait: number;
  readonly json?: true;
}

const WAIT_MS = 60_000;
const PAUSE_MS = 1_000;
/** A join is taken for 5 minutes: one that waits longer is made anew. */
const ANEW_MS = 120_000;
/** Characters of what an agent says. */
const TEXT_LENGTH_MAX = 2_000;

const base64 = z.base64().transform((text) => Buffer.from(text, "base64"));
const ownForm = z.object({ payload: base64, signature: base64 });
const answerForm = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("joined"), record: z.string() }),
  z.object({ outcome: z.literal("waits"), text: z.string() }),
  z.object({ outcome: z.literal("refused"), reason: z.string(), text: z.string() }),
]);

type Answer = z.infer<typeof answerForm>;

/** `flor fabric join`. */
export function addJoinCommand(fabric: Command, output: Output, finish: (exitCode: number) => void): void {
  fabric
    .command("join")
    .description("bring a new node in with a token: at that node, whose agent makes the join and gets the record")
    .argument("<token>", "the token, or a file that has it: other users of a machine see the arguments of commands")
    .requiredOption("--agent <socket>", "the admin or control socket of the new node's agent")
    .option(
      "--at <socket>",
      "the socket of an agent that lets nodes in (default: that of --agent, which asks a control node by mail)",
    )
    .option("--wait <duration>", "how long to wait for programs to sign (default: 60s)", parseWait, WAIT_MS)
    .option("--json", "for programs")
    .action(async (text: string, options: JoinOptions) => finish(await join(readTokenArgument(text), options, output)));
}

async function join(token: Token, { agent, at = agent, wait, json }: JoinOptions, output: Output): Promise<number> {
  const until = Date.now() + wait;
  let answer: Answer;
  let text = "";
  let anewAt = 0;
  for (;;) {
    const now = Date.now();
    if (now >= anewAt) {
      text = await makeJoin(agent, token);
      anewAt = now + ANEW_MS;
    }
    answer = await handIn(at, text);
    if (answer.outcome !== "waits" || now >= until) break;
    await delay(Math.min(PAUSE_MS, until - now));
  }
  if (answer.outcome === "joined") await publish(agent, answer.record);
  if (json === true) output.out(JSON.stringify(answer, undefined, 2));
  else if (answer.outcome === "joined") {
    output.out(describeRecord(requireRecord(readRecordTexts(answer.record)![0]!), Date.now()));
    output.err("The node is let in. Its record ends then: have operators approve it before.");
  } else {
    const reason = answer.outcome === "refused" ? foreignText(answer.reason, TEXT_LENGTH_MAX) : "waits";
    output.out(`${reason}: ${foreignText(answer.text, TEXT_LENGTH_MAX)}`);
  }
  return answer.outcome === "joined" ? EXIT_CODES.ok : EXIT_CODES.failed;
}

/** The join of the agent's node as text: the agent signs by the node's key, and the token's signature is made here, so that the token stays here. */
async function makeJoin(agent: string, token: Token): Promise<string> {
  const own = ownForm.safeParse(await requestAdmin(agent, "/join", { method: "POST", body: token.key }));
  if (!own.success) throw answerError(agent, "answered what is no part of a join");
  const { payload, signature } = own.data;
  if (readJoinPayload(payload)?.token !== token.key) throw answerError(agent, "answered a join for another token");
  return writeJoinText(writeJoin({ payload, byNode: signature, byToken: token.sign(joinToBeSigned(payload)) }));
}

async function handIn(at: string, body: string): Promise<Answer> {
  const isAnswer = (value: unknown): boolean => answerForm.safeParse(value).success;
  const answer = answerForm.safeParse(await requestAdmin(at, "/joins", { method: "POST", body, isAnswer }));
  if (!answer.success) throw answerError(at, "answered what is no word on a join");
  const { data } = answer;
  if (data.outcome === "joined" && !isRecordOf(data.record, readJoin(readJoinText(body)!)!))
    throw answerError(at, "answered what is no record of this node with its key");
  return data;
}

function isRecordOf(text: string, { cluster, node, key }: Join): boolean {
  const [octets, ...others] = readRecordTexts(text) ?? [];
  if (octets === undefined || others.length > 0) return false;
  const fact = readFact(octets, cluster);
  return typeof fact !== "string" && fact.subject === node && bodyOf(fact, "node")?.key === key;
}

/** The node's own agent shows the record to its neighbours. It may have it already. */
async function publish(agent: string, record: string): Promise<void> {
  const form = z.object({ records: z.tuple([z.object({ outcome: z.string(), text: z.string().optional() })]) });
  const isAnswer = (value: unknown): boolean => form.safeParse(value).success;
  const answer = form.safeParse(await requestAdmin(agent, "/records", { method: "POST", body: record, isAnswer }));
  if (!answer.success) throw answerError(agent, "answered what is no judgement of the record");
  const [{ outcome, text = "" }] = answer.data.records;
  if (outcome === "refused")
    throw answerError(agent, `does not take the record: ${foreignText(text, TEXT_LENGTH_MAX)}`);
}

/** The errors of a token are told without it: words of commands are kept in logs. */
function readTokenArgument(argument: string): Token {
  // An argument that names no file may be a token whose beginning is mistyped: it is not shown.
  const isFile = !isTokenText(argument) && existsSync(argument);
  const token = readToken(isFile ? readTextFile(argument).text : argument);
  if (token !== undefined) return token;
  const { advice } = FLOR_ERRORS.ERR_FLOR_TOKEN;
  const what = isFile ? "the text" : "the argument names no file, and";
  throw new OperatorError("ERR_FLOR_TOKEN", `${what} is no token, or has a typing error`, {
    advice,
    ...(isFile && { where: { file: argument } }),
  });
}

function parseWait(text: string): number {
  const wait = parseDuration(text);
  if (wait === undefined) throw new InvalidArgumentError("A duration as 60s or 5m is needed.");
  return wait;
}
