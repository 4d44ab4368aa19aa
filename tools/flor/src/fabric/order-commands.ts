/** Orders for nodes that nobody can log in to: how they are proposed, and what came of them. */
import { ORDER_ACTIONS, type OrderBody } from "@florenetes/facts";
import { EXIT_CODES, foreignText, visibleJson } from "@florenetes/operator-text";
import { formatTable, requestAdmin } from "@florenetes/process-kit";
import { Argument, type Command } from "commander";
import { z } from "zod";
import type { Output } from "../output.ts";
import { answerError } from "./asked-agent.ts";
import { type ProposalOptions, withProposalOptions } from "./proposal-options.ts";
import { proposeKind } from "./propose-kind.ts";

const TEXT_LENGTH_MAX = 100;

/** `flor fabric propose order`. Epochs are by the clock: an order that has ended is known nowhere but at its node, which takes none that is not above it. */
export function addOrderProposal(propose: Command, output: Output): void {
  withProposalOptions(propose.command("order"))
    .description("what a node that nobody can log in to is to do, once: it has a day for it")
    .argument("<node>", "name of the node")
    .addArgument(new Argument("<action>", "what it is to do").choices(ORDER_ACTIONS))
    .action((node: string, action: OrderBody["action"], options: ProposalOptions) =>
      proposeKind("order", node, { epoch: Date.now(), ...options }, { action }, output),
    );
}

const outcomeForm = z.object({
  order: z.string(),
  action: z.string(),
  state: z.string(),
  code: z.string().optional(),
  text: z.string(),
  at: z.string(),
  report: z.union([z.string(), z.boolean()]),
});
const answerForm = z.object({
  node: z.string(),
  orders: z.array(
    z.object({
      node: z.string(),
      orders: z.array(z.object({ scope: z.string(), action: z.string(), id: z.string(), expires: z.string() })),
      outcome: outcomeForm.nullable(),
    }),
  ),
  left: z.number(),
  next: z.string().nullable(),
});

type Shown = z.infer<typeof answerForm>["orders"][number];
interface OrdersOptions {
  readonly agent: string;
  readonly json?: true;
}

/** `flor fabric orders`. */
export function addOrdersCommand(fabric: Command, output: Output, finish: (exitCode: number) => void): void {
  fabric
    .command("orders")
    .description("say which nodes were ordered what, and what came of it; of one node with its report")
    .argument("[node]", "name of a node")
    .requiredOption("--agent <socket>", "the admin socket of an agent: of a control node, for what came of it")
    .option("--json", "for programs")
    .action(async (node: string | undefined, options: OrdersOptions) =>
      finish(await showOrders(node, options, output)),
    );
}

async function showOrders(node: string | undefined, { agent, json }: OrdersOptions, output: Output): Promise<number> {
  const { orders, left } = await askOrders(agent, node);
  if (json === true) output.out(visibleJson(JSON.stringify({ orders, left }, undefined, 2)));
  else if (orders.length === 0) output.out("no order is in force here, and no outcome of one is known");
  else {
    const header = ["NODE", "ORDERED", "STATE", "SAID AT", "IN WORDS"];
    output.out(
      formatTable(
        "orders",
        header,
        orders.flatMap((shown) => [...rowsOf(shown)]),
      ),
    );
    if (left > 0) output.out(`${left} more`);
    for (const { outcome } of orders) if (typeof outcome?.report === "string") output.out(reportText(outcome.report));
  }
  return EXIT_CODES.ok;
}

/** Pages that are asked for: 500 nodes each. */
const PAGES_MAX = 20;

/** All orders that an agent tells, page by page. */
async function askOrders(
  agent: string,
  node: string | undefined,
): Promise<{ readonly orders: readonly Shown[]; readonly left: number }> {
  const orders: Shown[] = [];
  let query = node === undefined ? "" : `?node=${encodeURIComponent(node)}`;
  for (let page = 1; ; page++) {
    const answer = answerForm.safeParse(await requestAdmin(agent, `/orders${query}`));
    if (!answer.success) throw answerError(agent, "answered what are no orders");
    const { orders: some, left, next } = answer.data;
    orders.push(...some);
    if (next === null || page === PAGES_MAX) return { orders, left };
    query = `?after=${encodeURIComponent(next)}`;
  }
}

/** An outcome that is for none of the orders in force is of one that has ended. */
function* rowsOf({ node, orders, outcome }: Shown): Generator<string[]> {
  const name = foreignText(node, TEXT_LENGTH_MAX);
  for (const { id, action } of orders)
    yield [
      name,
      foreignText(action, TEXT_LENGTH_MAX),
      ...(outcome?.order === id ? wordsOf(outcome) : ["not told", "-", ""]),
    ];
  if (outcome !== null && !orders.some(({ id }) => id === outcome.order))
    yield [name, foreignText(outcome.action, TEXT_LENGTH_MAX), ...wordsOf(outcome)];
}

function wordsOf({ state, code, text, at }: z.infer<typeof outcomeForm>): string[] {
  const words = code === undefined ? text : `${code}: ${text}`;
  return [
    foreignText(state, TEXT_LENGTH_MAX),
    foreignText(at, TEXT_LENGTH_MAX),
    foreignText(words, 2 * TEXT_LENGTH_MAX),
  ];
}

function reportText(report: string): string {
  try {
    return visibleJson(JSON.stringify(JSON.parse(report), undefined, 2));
  } catch {
    return foreignText(report, TEXT_LENGTH_MAX);
  }
}
