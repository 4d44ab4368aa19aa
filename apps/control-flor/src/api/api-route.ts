import type { z } from "zod";
import type { Sight } from "../fabric/sight.ts";
import { NO_QUERY, type PagingQuery, type QueryForm } from "./queries.ts";

/** A question that the API answers, out of what one reader sees. */
export interface ApiRoute {
  /** The path in the form of OpenAPI: a part in braces takes any name. */
  readonly path: string;
  /** For people. */
  readonly summary: string;
  readonly query: QueryForm;
  /** The form of the answer, without `asOf`. */
  readonly form: Readonly<Record<string, z.ZodType>>;
  readonly answer: (asked: Asked) => Readonly<Record<string, unknown>>;
}

export interface Asked {
  readonly sight: Sight;
  /** The parts of the path that stand in braces, in their order. */
  readonly names: readonly string[];
  readonly query: Readonly<Record<string, unknown>> & PagingQuery;
}

/** The names that a path has at the places of a route's braces; undefined: it is the path of another one. */
export function namesIn(path: readonly string[], route: Pick<ApiRoute, "path">): readonly string[] | undefined {
  const parts = route.path.split("/").slice(1);
  if (parts.length !== path.length) return undefined;
  const names: string[] = [];
  for (const [at, part] of parts.entries()) {
    if (part.startsWith("{")) names.push(path[at]!);
    else if (part !== path[at]) return undefined;
  }
  return names;
}

/** A question without parameters. */
export function plainRoute(route: Omit<ApiRoute, "query">): ApiRoute {
  return { query: NO_QUERY, ...route };
}
