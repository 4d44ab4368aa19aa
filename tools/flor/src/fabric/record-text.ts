/** The signatures of a record, as people read them. */
import { type Authority, type Fact, keyIdOf, type QuorumName, type RootBody, bodyOf } from "@florenetes/facts";

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
