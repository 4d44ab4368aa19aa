import type { Fact } from "@florenetes/facts";

/** The fields of a record beside its body, as they stand in the answers of all questions for records. Times are ISO 8601 strings. */
export interface FactHead {
  readonly id: string;
  readonly kind: string;
  readonly scope: string;
  readonly subject: string;
  readonly epoch: number;
  readonly generation: number;
  readonly issued: string;
  readonly expires: string;
  readonly authority: string;
  /** The node that signs; null where a quorum does. */
  readonly issuer: string | null;
}

export interface FactFields extends FactHead {
  readonly body: unknown;
}

export function factFields(fact: Fact): FactFields {
  return { ...factHead(fact), body: fact.body };
}

export function factHead(fact: Fact): FactHead {
  const { id, kind, scope, subject, epoch, generation, issued, expires, authority, issuer = null } = fact;
  return {
    id,
    kind,
    scope,
    subject,
    epoch,
    generation,
    issued: new Date(issued).toISOString(),
    expires: new Date(expires).toISOString(),
    authority,
    issuer,
  };
}
