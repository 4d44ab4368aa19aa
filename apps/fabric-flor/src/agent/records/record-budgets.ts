/**
 * The budgets of organizations for records, at the door where people hand them in. What comes by the feed is never refused for a budget: nodes that have taken a record and nodes that have not
 * would offer it to each other for ever. Pure.
 */
import { type FactBook, limitOf, readFact, slotOf } from "@florenetes/facts";
import { organizationOf } from "@florenetes/routes";
import { organizationBudget, type Quota } from "./organization-budget.ts";

/**
 * The records, by their places, that would be one slot too many of an organization. A record of a held slot is none, nor is a void one: whoever takes something back may do so.
 *
 * @param wall Milliseconds since 1970
 */
export function beyondBudgets(
  records: readonly Uint8Array[],
  book: FactBook | undefined,
  cluster: string,
  wall: number,
): ReadonlyMap<number, Quota> {
  const quotas = new Map<number, Quota>();
  const slots = new Map<string, Set<string>>();
  for (const [at, octets] of records.entries()) {
    const fact = readFact(octets, cluster);
    if (book === undefined || typeof fact === "string" || fact.void === true) continue;
    const organization = organizationOf(fact.scope);
    const budget = organization === undefined ? undefined : organizationBudget(book, organization, wall);
    const most = limitOf(budget?.body, "records");
    if (organization === undefined || budget === undefined || most === undefined) continue;
    const held = slots.get(organization) ?? slotsOf(book, fact.scope, wall);
    slots.set(organization, held);
    if (held.has(slotOf(fact))) continue;
    if (held.size < most) held.add(slotOf(fact));
    else
      quotas.set(at, { organization, of: "records", used: held.size, most, record: budget.id, until: budget.expires });
  }
  return quotas;
}

/** The names of all slots of a scope that a book holds. */
function slotsOf(book: FactBook, scope: string, wall: number): Set<string> {
  const slots = new Set<string>();
  for (const fact of book.held(wall)) if (fact.scope === scope) slots.add(slotOf(fact));
  return slots;
}
