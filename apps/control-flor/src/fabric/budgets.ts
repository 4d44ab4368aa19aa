import { compareTexts } from "./compare-texts.ts";
import type { FabricView } from "./fabric-view.ts";
import { recordRef } from "./record-ref.ts";
import type { BudgetResource } from "./resources.ts";

/** The budgets in force, by their organizations, with what the agent counts of each. */
export function budgetsOf({ records, budgets }: Pick<FabricView, "records" | "budgets">): readonly BudgetResource[] {
  return records("budget")
    .map((record): BudgetResource => {
      const { id, subject: organization, body } = record;
      const told = budgets.get(organization);
      // Counts are asked for apart from records: those of a former budget say nothing of the parts of this one.
      const counted = new Map(told?.record === id ? told.limits.map((limit) => [limit.of, limit]) : []);
      const limits = body.limits.map(({ of, most }) => {
        const { used = null, part = null } = counted.get(of) ?? {};
        return { of, most, used, part };
      });
      return { organization, limits, record: recordRef(record) };
    })
    .toSorted((a, b) => compareTexts(a.organization, b.organization));
}
