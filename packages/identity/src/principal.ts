/**
 * Principals: whom a certificate stands for, written as a SPIFFE ID.
 *
 *     spiffe://demo/user/alice
 *              └──┘ └──┘ └───┘
 *           cluster kind name
 *
 * The form accepted here is narrower than SPIFFE's, so that one principal has exactly one spelling: comparing the texts
 * is comparing the principals.
 */
import { isName, NAME_FORM } from "@florenetes/operator-text";
import { IdentityError } from "./errors.ts";
import { quote } from "./foreign-text.ts";
import { URI_LENGTH_MAX } from "./limits.ts";

export type PrincipalKind = "user" | "service" | "vertex";

export const PRINCIPAL_KINDS: readonly PrincipalKind[] = ["user", "service", "vertex"];

export interface Principal {
  readonly cluster: string;
  readonly kind: PrincipalKind;
  readonly name: string;
}

/** Whom we expect. */
export interface PrincipalExpectation {
  readonly cluster?: string | undefined;
  /** Absent: any kind. */
  readonly kinds?: readonly PrincipalKind[];
  /** Absent: any name. */
  readonly name?: string;
}

const scheme = "spiffe://";

export function isPrincipalKind(text: string): text is PrincipalKind {
  return (PRINCIPAL_KINDS as readonly string[]).includes(text);
}

/** Returns the name, or throws ERR_IDENTITY_PRINCIPAL_SYNTAX; `what` says whose name it is. */
export function requireName(text: string, what: string): string {
  if (isName(text)) return text;
  throw syntaxError(`${what} ${quote(text)} is not a name: ${NAME_FORM}`);
}

/** `spiffe://<cluster>/<kind>/<name>`. */
export function formatPrincipal(principal: Principal): string {
  return `${scheme}${principal.cluster}/${formatShortPrincipal(principal)}`;
}

/**
 * Reads `spiffe://<cluster>/<kind>/<name>`: lower case, no port, user, query, fragment, escape or trailing slash.
 * Throws ERR_IDENTITY_PRINCIPAL_SYNTAX.
 */
export function parsePrincipal(uri: string): Principal {
  if (uri.length > URI_LENGTH_MAX) throw syntaxError(`a SPIFFE ID of ${uri.length} characters is too long`);
  if (!uri.startsWith(scheme)) throw syntaxError(`${quote(uri)} does not start with ${scheme}`);
  const parts = uri.slice(scheme.length).split("/");
  if (parts.length !== 3) throw syntaxError(`${quote(uri)} is not ${scheme}<cluster>/<kind>/<name>`);
  return makePrincipal(parts[0]!, parts[1]!, parts[2]!, uri);
}

/** `<kind>/<name>`: how a principal is written where the cluster is known. */
export function formatShortPrincipal(principal: Pick<Principal, "kind" | "name">): string {
  return `${principal.kind}/${principal.name}`;
}

/** Throws ERR_IDENTITY_WRONG_CLUSTER, _WRONG_KIND or _WRONG_NAME when the principal is not the expected one. */
export function checkExpectation(principal: Principal, expected: PrincipalExpectation): void {
  const found = formatShortPrincipal(principal);
  if (expected.cluster !== undefined && principal.cluster !== expected.cluster) {
    const message = `expected cluster "${expected.cluster}", this is ${found} of cluster "${principal.cluster}"`;
    throw new IdentityError("ERR_IDENTITY_WRONG_CLUSTER", message);
  }
  if (expected.kinds !== undefined && !expected.kinds.includes(principal.kind)) {
    throw new IdentityError("ERR_IDENTITY_WRONG_KIND", `expected a ${expected.kinds.join(" or ")}, this is ${found}`);
  }
  if (expected.name !== undefined && principal.name !== expected.name) {
    throw new IdentityError("ERR_IDENTITY_WRONG_NAME", `expected the name "${expected.name}", this is ${found}`);
  }
}

/** Reads `<kind>/<name>` as a principal of `cluster`. Throws ERR_IDENTITY_PRINCIPAL_SYNTAX. */
export function parseShortPrincipal(text: string, cluster: string): Principal {
  const parts = text.slice(0, URI_LENGTH_MAX).split("/");
  if (parts.length !== 2) throw syntaxError(`${quote(text)} is not <kind>/<name>`);
  return makePrincipal(cluster, parts[0]!, parts[1]!, text);
}

/** The SPIFFE ID of a cluster's CA: the trust domain alone, without a path (X.509-SVID, 2). */
export function formatClusterUri(cluster: string): string {
  return `${scheme}${cluster}`;
}

/** Reads `spiffe://<cluster>`. Throws ERR_IDENTITY_PRINCIPAL_SYNTAX. */
export function parseClusterUri(uri: string): string {
  if (!uri.startsWith(scheme)) throw syntaxError(`${quote(uri)} does not start with ${scheme}`);
  return requireName(uri.slice(scheme.length), "the cluster");
}

export function isSamePrincipal(a: Principal, b: Principal): boolean {
  return a.cluster === b.cluster && a.kind === b.kind && a.name === b.name;
}

function makePrincipal(cluster: string, kind: string, name: string, source: string): Principal {
  requireName(cluster, "the cluster");
  if (!isPrincipalKind(kind)) {
    throw syntaxError(`${quote(source)} names the kind ${quote(kind)}; kinds are ${PRINCIPAL_KINDS.join(", ")}`);
  }
  requireName(name, "the name");
  return { cluster, kind, name };
}

function syntaxError(message: string): IdentityError {
  return new IdentityError("ERR_IDENTITY_PRINCIPAL_SYNTAX", message);
}
