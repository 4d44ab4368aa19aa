import { EXIT_CODES, foreignText, visibleJson } from "@florenetes/operator-text";
import { requestAdmin, terminalWidth, wrapLine } from "@florenetes/process-kit";
import { PURPOSE_ROLES } from "@florenetes/routes";
import { Argument, type Command } from "commander";
import { z } from "zod";
import type { Output } from "../output.ts";
import { answerError } from "./asked-agent.ts";
import { explainedLease, leaseForm } from "./lease-words.ts";
import { explainedScore, scoreFault, scoreForm } from "./score-words.ts";

interface ExplainOptions {
  readonly agent: string;
  readonly json?: true;
}

const NAME_LENGTH_MAX = 300;
const answerForm = z.object({ node: z.string(), leases: z.array(leaseForm), left: z.number() });

/** `flor fabric explain`. */
export function addFabricExplainCommand(fabric: Command, output: Output, finish: (exitCode: number) => void): void {
  fabric
    .command("explain")
    .description(
      "say why a lease has the routes that it has, what was left out, and whether they are in use; or how good a node is for a purpose, and why",
    )
    .argument(
      "[what]",
      "a lease: its id or the first 8 digits of it, a service, or ORIGIN/SERVICE/HOST (default: all leases); before a purpose: a node",
    )
    .addArgument(new Argument("[purpose]", "what the node is to be good for").choices(Object.keys(PURPOSE_ROLES)))
    .requiredOption("--agent <socket>", "the admin socket of a coordinator's agent, or, for leases, of the origin's")
    .option("--json", "for programs")
    .action(async (what: string | undefined, purpose: string | undefined, options: ExplainOptions) =>
      finish(
        what === undefined || purpose === undefined
          ? await explain(what, options, output)
          : await explainNode(what, purpose, options, output),
      ),
    );
}

async function explainNode(
  node: string,
  purpose: string,
  { agent, json }: ExplainOptions,
  output: Output,
): Promise<number> {
  const query = new URLSearchParams({ of: node, for: purpose });
  const said = await requestAdmin(agent, `/score?${query.toString()}`);
  const answer = scoreForm.safeParse(said);
  if (!answer.success) throw answerError(agent, "answered what is no score");
  const { score, fault } = answer.data;
  if (score === null)
    throw scoreFault(fault, node) ?? answerError(agent, "answered neither a score nor why there is none");
  if (json === true) output.out(visibleJson(JSON.stringify(said, undefined, 2)));
  else {
    const width = terminalWidth();
    const lines = explainedScore(foreignText(node, NAME_LENGTH_MAX), purpose, score);
    output.out(lines.flatMap((line) => wrapLine(line, width, 4)).join("\n"));
  }
  return score.score > 0 ? EXIT_CODES.ok : EXIT_CODES.failed;
}

async function explain(lease: string | undefined, { agent, json }: ExplainOptions, output: Output): Promise<number> {
  const query = lease === undefined ? "" : `?${new URLSearchParams({ of: lease }).toString()}`;
  const said = await requestAdmin(agent, `/leases${query}`);
  const answer = answerForm.safeParse(said);
  if (!answer.success) throw answerError(agent, "answered what are no leases");
  const { node, leases, left } = answer.data;
  if (json === true) output.out(visibleJson(JSON.stringify(said, undefined, 2)));
  else if (leases.length > 0) {
    const width = terminalWidth();
    const lines = leases.flatMap((each, place) => [...(place === 0 ? [] : [""]), ...explainedLease(each)]);
    output.out(lines.flatMap((line) => wrapLine(line, width, 4)).join("\n"));
    if (left > 0) output.err(`${left} more leases are there: name one.`);
  } else {
    const what = lease === undefined ? "no lease" : `no lease "${foreignText(lease, NAME_LENGTH_MAX)}"`;
    output.out(`node ${foreignText(node, NAME_LENGTH_MAX)} has ${what}, as an origin or as a coordinator`);
    output.err("Ask the agent of the node that uses the service, or one of a coordinator of its partition.");
  }
  return leases.length > 0 ? EXIT_CODES.ok : EXIT_CODES.failed;
}
