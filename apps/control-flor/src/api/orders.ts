/** Requests that bring something: a proposal, signatures for one, or signed records. */
import { ApiError, type ApiRequest } from "./exchange.ts";
import { NO_QUERY, readQuery } from "./queries.ts";
import type { ReaderRights } from "../reader-rights.ts";

export type Order = { readonly kind: "propose" | "hand" } | { readonly kind: "sign"; readonly id: string };

/** The order that a path is for; undefined: it is for none. */
export function orderAt(path: readonly string[]): Order | undefined {
  const [version, name, id, part, ...more] = path;
  if (version !== "v1" || more.length > 0) return undefined;
  if (name === "records" && id === undefined) return { kind: "hand" };
  if (name !== "proposals") return undefined;
  if (id === undefined) return { kind: "propose" };
  return part === "signatures" ? { kind: "sign", id } : undefined;
}

/**
 * Checks a request that brings something, before its body is read.
 *
 * @throws ApiError ERR_CONTROL_PROPOSER, ERR_CONTROL_QUERY, ERR_CONTROL_BODY_TYPE
 */
export function requireOrder({ headers, query }: ApiRequest, { mayPropose }: ReaderRights): void {
  if (!mayPropose) throw new ApiError("ERR_CONTROL_PROPOSER", "you may read here, and bring nothing");
  readQuery(query, NO_QUERY);
  const [type = ""] = (headers["content-type"] ?? "text/plain").split(";");
  if (type.trim().toLowerCase() !== "text/plain") {
    throw new ApiError("ERR_CONTROL_BODY_TYPE", "the body is no text/plain");
  }
}
