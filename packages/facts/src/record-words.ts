/** Records as people read them before they sign: each line says one thing, whatever a record of a kind that is not known has in its body. Pure. */
import { foreignQuote, formatDuration, formatFields, isName, visibleJson } from "@florenetes/operator-text";
import { collectionMemberWords, collectionWarnings } from "./collection-words.ts";
import { bodyOf, type Fact } from "./fact.ts";

/** Fields and body of a record, in lines. @param now Milliseconds since 1970; undefined: nothing is said of how long it is good, so that the words last */
export function describeRecord(fact: Fact, now?: number): string {
  const body = fact.void === true ? "" : `\n${describeBody(fact)}`;
  return `${describeHead(fact, now)}${body}`;
}

/** A record and what it changes in another one of its slot, in lines. */
export function describeChange(fact: Fact, after: Fact, now: number): string {
  const head = describeHead(fact, now, after);
  if (fact.void === true) return head;
  const names = [...new Set([...Object.keys(after.body), ...Object.keys(fact.body)])];
  const rows = names.flatMap((name) => {
    const [from, to] = [after, fact].map((each) => (Object.hasOwn(each.body, name) ? wordsOf(each, name) : "nothing"));
    return from === to ? [] : [[nameText(name), `${from!} -> ${to!}`] as const];
  });
  const told = rows.length === 0 ? ["  the body is the same"] : [formatFields(rows, "  ")];
  return [head, ...told, ...warningsOf(fact)].join("\n");
}

function describeHead(fact: Fact, now: number | undefined, after?: Fact): string {
  const { kind, scope, subject, cluster, epoch, generation, issued, expires, authority, issuer, id } = fact;
  const from = (number: number | undefined, to: number): string =>
    number === undefined ? `${to}` : `${number} -> ${to}`;
  const end = now === undefined ? "" : ` (${endOf(expires - now)})`;
  return formatFields([
    [kind, `${subject}${scope === "cluster" ? "" : ` of ${scope}`}, of the cluster ${cluster}`],
    ...(fact.void === true ? [["void", "it takes back what the slot said"] as const] : []),
    ["epoch", `${from(after?.epoch, epoch)}, generation ${from(after?.generation, generation)}`],
    ["valid", `${new Date(issued).toISOString()} to ${new Date(expires).toISOString()}${end}`],
    ["authority", issuer === undefined ? authority : `${authority}, by ${issuer}`],
    ["id", `sha256:${id}`],
  ]);
}

function endOf(left: number): string {
  return left > 0 ? `ends in ${formatDuration(left)}` : `ended ${formatDuration(-left)} ago`;
}

function describeBody(fact: Fact): string {
  const rows = Object.keys(fact.body).map((name) => [nameText(name), wordsOf(fact, name)] as const);
  return [rows.length === 0 ? "  an empty body" : formatFields(rows, "  "), ...warningsOf(fact)].join("\n");
}

function wordsOf({ kind, body }: Fact, name: string): string {
  const words = kind === "collection" ? collectionMemberWords(name, body[name]) : undefined;
  return words ?? textOf(body[name]);
}

function warningsOf(fact: Fact): readonly string[] {
  const collection = bodyOf(fact, "collection");
  return collection === undefined ? [] : collectionWarnings(collection).map((warning) => `warning: ${warning}`);
}

/** Characters of a member's name that are shown. */
const NAME_TOLD_MAX = 64;

/** Members of kinds that are not known may have any names, with the ends of lines in them, too. */
function nameText(name: string): string {
  return isName(name) ? name : foreignQuote(name, NAME_TOLD_MAX);
}

function textOf(value: unknown): string {
  return visibleJson(JSON.stringify(value));
}
