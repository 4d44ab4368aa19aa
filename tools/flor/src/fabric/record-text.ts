/** Records as people read them. */
import { type Authority, type Fact, keyIdOf, type QuorumName, type RootBody, bodyOf } from "@florenetes/facts";
import { formatDuration } from "@florenetes/process-kit";
import { formatFields } from "../output.ts";

/** Fields and body of a record. */
export function describeRecord(fact: Fact, now: number): string {
  const body = fact.void === true ? "" : `\n${describeBody(fact.body)}`;
  return `${describeHead(fact, now)}${body}`;
}

/** A record and what it changes in another one of its slot. */
export function describeChange(fact: Fact, after: Fact, now: number): string {
  const head = describeHead(fact, now, after);
  if (fact.void === true) return head;
  const names = [...new Set([...Object.keys(after.body), ...Object.keys(fact.body)])];
  const rows = names.flatMap((name) => {
    const [from, to] = [after.body[name], fact.body[name]].map((value) => JSON.stringify(value) ?? "nothing");
    return from === to ? [] : [[name, `${from!} -> ${to!}`] as const];
  });
  return `${head}\n${rows.length === 0 ? "  the body is the same" : formatFields(rows, "  ")}`;
}

/** Names of the keys of a root descriptor, by their ids. */
export function keyNamesOf(root: Fact): ReadonlyMap<string, string> {
  const { authorities, recovery } = bodyOf(root, "root") as RootBody;
  const all = { ...authorities, recovery: recovery === "none" ? undefined : recovery };
  const lists = Object.entries(all).filter(([, list]) => list !== undefined);
  return new Map(
    lists.flatMap(([name, list]) =>
      list!.keys.map((listed) => [keyIdOf(listed.key), `${listed.name} (${name})`] as const),
    ),
  );
}

/** A line for each signature. */
export function describeSignatures(fact: Fact, names: ReadonlyMap<string, string>): string {
  const { signatures } = fact.envelope;
  if (signatures.length === 0) return "signed by nobody yet";
  return signatures.map(({ keyId }) => `signed by  ${names.get(keyId) ?? `key ${keyId}`}`).join("\n");
}

/** Signatures that count, of those that are needed: `1 of 2`. */
export function describeCount(fact: Fact, authority: Authority, now: number): string | undefined {
  const quorum = authority.quorum(fact.authority as QuorumName, now);
  if (quorum === undefined) return undefined;
  const counted = fact.envelope.signatures.filter(({ keyId }) => quorum.keys.has(keyId)).length;
  return `${counted} of ${quorum.threshold}`;
}

function describeHead(fact: Fact, now: number, after?: Fact): string {
  const { kind, scope, subject, cluster, epoch, generation, issued, expires, authority, issuer, id } = fact;
  const from = (number: number | undefined, to: number): string =>
    number === undefined ? `${to}` : `${number} -> ${to}`;
  const left = expires - now;
  const end = left > 0 ? `ends in ${formatDuration(left)}` : `ended ${formatDuration(-left)} ago`;
  return formatFields([
    [kind, `${subject}${scope === "cluster" ? "" : ` of ${scope}`}, of the cluster ${cluster}`],
    ...(fact.void === true ? [["void", "it takes back what the slot said"] as const] : []),
    ["epoch", `${from(after?.epoch, epoch)}, generation ${from(after?.generation, generation)}`],
    ["valid", `${new Date(issued).toISOString()} to ${new Date(expires).toISOString()} (${end})`],
    ["authority", issuer === undefined ? authority : `${authority}, by ${issuer}`],
    ["id", `sha256:${id}`],
  ]);
}

function describeBody(body: Fact["body"]): string {
  const rows = Object.entries(body).map(([name, value]) => [name, JSON.stringify(value)] as const);
  return rows.length === 0 ? "  an empty body" : formatFields(rows, "  ");
}
