import { EXIT_CODES, foreignText, visibleJson } from "@florenetes/operator-text";
import { formatTable, requestAdmin } from "@florenetes/process-kit";
import type { Command } from "commander";
import { z } from "zod";
import type { Output } from "../output.ts";
import { answerError } from "./asked-agent.ts";

const TEXT_LENGTH_MAX = 100;
const ID_DIGITS_SHOWN = 16;

const count = z.number().nonnegative();
const answerForm = z.object({
  node: z.string(),
  budgets: z.array(
    z.object({
      organization: z.string(),
      record: z.string(),
      expires: z.string(),
      limits: z.array(z.object({ of: z.string(), most: count, used: count.nullable(), part: count.nullable() })),
    }),
  ),
  left: count,
});

/** `flor fabric budgets`. */
export function addBudgetsCommand(fabric: Command, output: Output, finish: (exitCode: number) => void): void {
  fabric
    .command("budgets")
    .description("say how much of its budget each organization has used, as far as the agent counts it")
    .argument("[organization]", "one organization (default: all)")
    .requiredOption("--agent <socket>", "the admin socket of an agent: of a coordinator, for leases")
    .option("--json", "for programs")
    .action(async (organization: string | undefined, options: { readonly agent: string; readonly json?: true }) =>
      finish(await showBudgets(organization, options, output)),
    );
}

async function showBudgets(
  organization: string | undefined,
  { agent, json }: { readonly agent: string; readonly json?: true },
  output: Output,
): Promise<number> {
  const query = organization === undefined ? "" : `?${new URLSearchParams({ of: organization }).toString()}`;
  const said = await requestAdmin(agent, `/budgets${query}`);
  const answer = answerForm.safeParse(said);
  if (!answer.success) throw answerError(agent, "answered what are no budgets");
  const { node, budgets, left } = answer.data;
  if (json === true) output.out(visibleJson(JSON.stringify(said, undefined, 2)));
  else if (budgets.length === 0)
    output.out(`node ${foreignText(node, TEXT_LENGTH_MAX)} holds no budget: nothing is bounded`);
  else {
    const title = `budgets, as ${foreignText(node, TEXT_LENGTH_MAX)} counts them`;
    const rows = budgets.flatMap(({ organization: name, record, expires, limits }) =>
      limits.map(({ of, most, used, part }) => [
        name,
        of,
        used === null ? "?" : String(used),
        part === null || part === most ? String(most) : `${part} of ${most}`,
        record.slice(0, ID_DIGITS_SHOWN),
        expires,
      ]),
    );
    output.out(formatTable(title, ["ORGANIZATION", "OF", "USED", "MOST", "RECORD", "UNTIL"], rows));
    if (left > 0) output.out(`${left} more`);
  }
  return EXIT_CODES.ok;
}
