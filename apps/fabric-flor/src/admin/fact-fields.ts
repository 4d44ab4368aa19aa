import type { Fact } from "@florenetes/facts";

/** The fields of a record, as they stand in the answers of all questions for records. Times are ISO 8601 strings. */
export interface FactFields {
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
  readonly body: unknown;
}

export function factFields(fact: Fact): FactFields {
  const { id, kind, scope, subject, epoch, generation, issued, expires, authority, issuer = null, body } = fact;
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
    body,
  };
}
