/**
 * Letters of the kind `leader`: a host asks a coordinator for grants of services that it may serve only so, and the coordinator says of each whether it grants it.
 * docs/protocol/fabric-leaders.md says what they mean.
 */
import { isName } from "@florenetes/operator-text";
import type { FieldReader } from "../field-reader.ts";
import { text } from "../field-writer.ts";
import { readAll, readName } from "./body-fields.ts";
import { LED_SERVICES_MAX } from "./limits.ts";

/** A service with a leader. */
export interface AskedService {
  /** `cluster`, or `org/` and the name of an organization. */
  readonly scope: string;
  readonly service: string;
}

export interface GrantedService {
  /** `granted`, or why not. */
  readonly outcome: string;
  /** The host that leads; "": none. */
  readonly leader: string;
}

const VERSION = 1;

/** @param services At most 32 */
export function writeLeaderLetter(services: readonly AskedService[]): Uint8Array {
  const fields = services.flatMap(({ scope, service }) => [text(scope), text(service)]);
  return Buffer.concat([Buffer.of(VERSION, services.length), ...fields]);
}

/** Undefined: it is none, or one of a later version. */
export function readLeaderLetter(body: Uint8Array): readonly AskedService[] | undefined {
  return readAll("leader", body, (fields) => {
    if (fields.uint8() !== VERSION) throw fields.malformed("is of another version");
    return readList(fields, () => ({ scope: readScope(fields), service: readName(fields) }));
  });
}

/** @param granted One for each service of the letter, in their order */
export function writeLeaderAnswer(granted: readonly GrantedService[]): Uint8Array {
  const fields = granted.flatMap(({ outcome, leader }) => [text(outcome), text(leader)]);
  return Buffer.concat([Buffer.of(granted.length), ...fields]);
}

/** Undefined: it is none. */
export function readLeaderAnswer(body: Uint8Array): readonly GrantedService[] | undefined {
  return readAll("leader", body, (fields) =>
    readList(fields, () => {
      const outcome = readName(fields);
      const leader = fields.text();
      if (leader !== "" && !isName(leader)) throw fields.malformed("has a leader that is none");
      return { outcome, leader };
    }),
  );
}

function readList<Item>(fields: FieldReader, read: () => Item): readonly Item[] {
  const count = fields.uint8();
  if (count > LED_SERVICES_MAX) throw fields.malformed("has too many services");
  return Array.from({ length: count }, read);
}

function readScope(fields: FieldReader): string {
  const scope = fields.text();
  if (scope !== "cluster" && !(scope.startsWith("org/") && isName(scope.slice(4))))
    throw fields.malformed("has a scope that is none");
  return scope;
}
