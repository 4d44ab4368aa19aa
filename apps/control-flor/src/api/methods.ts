/** Paths that are answered, but for the console's files, with the methods that each takes. */
import { namesIn } from "./api-route.ts";
import { ApiError } from "./exchange.ts";
import { LOG_ENTRIES, LOG_ENTRY } from "./log-routes.ts";
import { API_ROUTES } from "./routes.ts";
import { USAGE_CSV } from "./usage-routes.ts";

const READ = ["GET", "HEAD"] as const;

/** A stream has no end that a HEAD could tell of. */
const PATHS: readonly { readonly path: string; readonly methods: readonly string[] }[] = [
  ...API_ROUTES.map(({ path }) => ({ path, methods: path === "/v1/proposals" ? [...READ, "POST"] : READ })),
  { path: "/v1/proposals/{id}/record", methods: READ },
  { path: "/v1/proposals/{id}/signatures", methods: ["POST"] },
  { path: "/v1/records", methods: ["POST"] },
  { path: LOG_ENTRIES.path, methods: READ },
  { path: LOG_ENTRY.path, methods: READ },
  { path: USAGE_CSV.path, methods: READ },
  { path: "/v1/audit", methods: READ },
  { path: "/v1/audit/all", methods: READ },
  { path: "/v1/openapi.json", methods: READ },
  { path: "/v1/events", methods: ["GET"] },
  { path: "/events", methods: ["GET"] },
];

/** @throws ApiError ERR_CONTROL_ROUTE: there is no such path; ERR_CONTROL_METHOD */
export function requireMethod(method: string, path: readonly string[]): void {
  const known = PATHS.find((each) => namesIn(path, each) !== undefined);
  if (known === undefined) throw new ApiError("ERR_CONTROL_ROUTE", "the API has no such path");
  requireOneOf(method, known.methods);
}

/** Lets what cannot be changed be read alone. @throws ApiError ERR_CONTROL_METHOD */
export function requireRead(method: string): void {
  requireOneOf(method, READ);
}

function requireOneOf(method: string, methods: readonly string[]): void {
  if (methods.includes(method)) return;
  const allow = methods.join(", ");
  throw new ApiError("ERR_CONTROL_METHOD", `the path answers ${allow}`, { allow });
}
