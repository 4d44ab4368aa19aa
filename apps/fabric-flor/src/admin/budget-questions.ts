/** Questions for the budgets of organizations, at the admin socket: how much of each limit is used, as far as this node counts it. */
import { BUDGET_NAMES, bodyOf, type BudgetName } from "@florenetes/facts";
import type { AdminRoute } from "@florenetes/process-kit";
import type { Agent } from "../agent/agent.ts";
import type { Moment } from "../agent/moment.ts";
import { pageOf } from "./page.ts";
import type { ToldStorage } from "./told-storage.ts";

/** Budgets of one answer, in the order of the organizations' names. */
const BUDGETS_TOLD_MAX = 64;

interface ToldBudget {
  readonly organization: string;
  /** The id of the record, and when it ends. */
  readonly record: string;
  readonly expires: string;
  readonly limits: readonly ToldLimit[];
}

interface ToldLimit {
  readonly of: string;
  readonly most: number;
  /** By the count of this node; null: it counts none of these. */
  readonly used: number | null;
  /** The part of it that this node may give; null: it gives none, or all of it. */
  readonly part: number | null;
}

/** `GET /budgets`: at most 64, and how many more there are. `?of=…`: that of one organization. `?after=…`, the `next` of an answer: the page behind it. */
export function budgetQuestions(
  agent: Agent,
  node: string,
  now: () => Moment,
  storage: Pick<ToldStorage, "usedOf">,
): Readonly<Record<string, AdminRoute>> {
  return {
    "/budgets": (query) => {
      const [at, of] = [now(), query.get("of")];
      const facts = [...(agent.book?.all("budget", at.wall) ?? [])].filter(
        ({ subject }) => of === null || subject === of,
      );
      const { told, left, last } = pageOf(facts, {
        after: query.get("after") ?? undefined,
        most: BUDGETS_TOLD_MAX,
        keyOf: ({ subject }) => subject,
        answerOf: (fact): ToldBudget => {
          const { subject: organization, id, expires } = fact;
          const used = usedOf(agent, organization, at, storage.usedOf(organization, at.now));
          const limits = (bodyOf(fact, "budget")?.limits ?? []).map((limit) => toldLimit(limit, used));
          return { organization, record: id, expires: new Date(expires).toISOString(), limits };
        },
      });
      return { node, budgets: told, left, next: last?.subject ?? null };
    },
  };
}

interface Used {
  readonly counts: Readonly<Partial<Record<BudgetName, number>>>;
  readonly partOf: ((of: BudgetName, most: number) => number) | undefined;
}

function toldLimit({ of, most }: { readonly of: string; readonly most: number }, { counts, partOf }: Used): ToldLimit {
  const name = BUDGET_NAMES.find((each) => each === of);
  const isPart = name === "leases" || name === "relay-rate";
  return {
    of,
    most,
    used: (name === undefined ? undefined : counts[name]) ?? null,
    part: isPart ? (partOf?.(name, most) ?? null) : null,
  };
}

/** Everything of an organization that this node counts. */
function usedOf(
  { coordinator, joins, book }: Agent,
  organization: string,
  at: Moment,
  storage: number | undefined,
): Used {
  const { leases, grounds } = coordinator.work ?? {};
  const own = leases?.budgets.usedOf(organization, at);
  return {
    counts: {
      ...(own !== undefined && { leases: own.leases, "relay-rate": own.rate, "relay-bytes": own.carried }),
      ...(book !== undefined && joins.canSign && joins.usedOf(organization, book, at)),
      ...(storage !== undefined && { storage: Math.ceil(storage / MEBIBYTE) }),
    },
    partOf: grounds === undefined ? undefined : (of, most) => leases!.budgets.partOf(of, most, grounds.coordinators),
  };
}

/** The unit of the limit `storage`. */
const MEBIBYTE = 1_048_576;
