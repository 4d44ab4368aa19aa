/** Judges an order of people that lies in the spool. It is believed by its signatures alone. Pure. */
import { type Authority, bodyOf, type Fact, judge, type OrderBody, readRecordTexts, REASONS } from "@florenetes/facts";
import { updateError } from "../update-errors.ts";

/** An order that this program carries out. */
export interface PeoplesOrder {
  readonly fact: Fact;
  readonly action: "back" | "restart";
}

/** Epochs of the orders that were taken, by scopes. */
export type TakenOrders = Readonly<Record<string, number>>;

/**
 * The order that a text holds.
 *
 * @param now Milliseconds since 1970
 * @throws OperatorError `ERR_UPDATE_ORDER`
 */
export function orderOf(
  text: string,
  authority: Authority,
  { node, now, taken }: { readonly node: string; readonly now: number; readonly taken: TakenOrders },
): PeoplesOrder {
  const records = readRecordTexts(text);
  if (records?.length !== 1) throw refused("the file holds not one record");
  const development = authority.isDevelopment;
  const judged = judge(records[0]!, { authority, held: { in: () => [] }, development, now });
  if (!judged.isAccepted) throw refused(`${REASONS[judged.reason]} (${judged.reason})`);
  const { fact } = judged;
  const action: OrderBody["action"] | undefined = bodyOf(fact, "order")?.action;
  if (fact.kind !== "order" || fact.subject !== node) throw refused("it is none for this node");
  if (action !== "back" && action !== "restart") throw refused("it is taken back, or not for update-flor");
  const before = taken[fact.scope] ?? 0;
  if (fact.epoch <= before) throw refused(`it has epoch ${fact.epoch}, and one of epoch ${before} was taken`);
  return { fact, action };
}

function refused(why: string): Error {
  return updateError("ERR_UPDATE_ORDER", `the order is not carried out: ${why}`);
}
