/** The OpenAPI document (OpenAPI 3.1), made of the routes and the forms of their answers. */
import { z } from "zod";
import type { ApiRoute } from "./api-route.ts";
import { AUDIT_LIST } from "./audit-list.ts";
import { AUDIT } from "./audit-page.ts";
import { handedInForm } from "./handed-in.ts";
import { LOG_ENTRIES, LOG_ENTRY } from "./log-routes.ts";
import { USAGE_CSV } from "./usage-routes.ts";
import { asOfForm, problemForm, proposalForm } from "./schemas.ts";

type Json = Readonly<Record<string, unknown>>;

export interface OpenApiOptions {
  readonly cluster: string;
  readonly version: string;
}

export function openApiOf(routes: readonly ApiRoute[], { cluster, version }: OpenApiOptions): Json {
  const paths = new Map<string, Json>(routes.map((route) => [route.path, { get: datedOperationOf(route) }]));
  for (const route of [LOG_ENTRIES, LOG_ENTRY]) paths.set(route.path, { get: datedOperationOf(route) });
  for (const route of [AUDIT, AUDIT_LIST]) paths.set(route.path, { get: operationOf(route, "as of now") });
  paths.set("/v1/events", { get: EVENTS });
  paths.set("/v1/openapi.json", { get: OPEN_API });
  paths.set("/v1/proposals/{id}/record", { get: RECORD });
  paths.set(USAGE_CSV.path, { get: usageCsv() });
  for (const [path, order] of Object.entries(orders())) paths.set(path, { ...paths.get(path), post: order });
  return {
    openapi: "3.1.0",
    info: {
      title: `Florenetes control API of the cluster ${cluster}`,
      version,
      description: "It reads what agents hold, and hands on what people have signed. The mesh proves who asks.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    // No password, token or cookie: the connection is the caller's own, by its certificate.
    security: [],
    paths: Object.fromEntries(paths),
    components: { schemas: { Problem: schemaOf(problemForm) }, responses: { Problem: PROBLEM } },
  };
}

type Told = Pick<ApiRoute, "path" | "summary" | "query" | "form">;

const PROBLEM = {
  description: "a problem (RFC 9457) with a code of docs/operate/errors.md",
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
};

const TEXT = { schema: { type: "string" } };
/** Refusals, and mistakes of the program: both are problems. */
const REFUSED = {
  "4XX": { $ref: "#/components/responses/Problem" },
  default: { $ref: "#/components/responses/Problem" },
};

const EVENTS = {
  operationId: "getEvents",
  summary: "server-sent events: which collections are others than before",
  description:
    "`begin` names all collections, and comes first where the id of the request is not known; `changed` names those that are others. The id of an event goes on at another replica.",
  parameters: [{ name: "last-event-id", in: "header", required: false, schema: { type: "string" } }],
  responses: {
    200: { description: "events, until one end closes", content: { "text/event-stream": TEXT } },
    ...REFUSED,
  },
};

const RECORD = {
  operationId: "getProposalRecord",
  summary: "the record of a proposal as text, with all signatures that have come: `flor fabric sign` adds one",
  parameters: pathParameters("/v1/proposals/{id}/record"),
  responses: { 200: { description: "the record", content: { "text/plain": TEXT } }, ...REFUSED },
};

function usageCsv(): Json {
  return {
    operationId: "getUsageCsv",
    summary: "the rows of `/v1/usage` as CSV, all in one",
    parameters: parametersOf(USAGE_CSV.query),
    responses: {
      200: {
        description: "hour, organization, partition, observer, relay, class, packets, bytes, claimed",
        content: { "text/csv": TEXT },
      },
      ...REFUSED,
    },
  };
}

/** Requests that bring something. */
function orders(): Readonly<Record<string, Json>> {
  const body = { required: true, content: { "text/plain": TEXT } };
  const answered = (description: string, form: z.ZodType): Json => ({
    description,
    content: { "application/json": { schema: schemaOf(form) } },
  });
  const proposal = z.object({ proposal: proposalForm });
  const handedIn = {
    description: "what came of each, or a problem",
    content: { ...PROBLEM.content, "application/json": { schema: schemaOf(handedInForm) } },
  };
  return {
    "/v1/proposals": {
      operationId: "propose",
      summary: "brings a record as text, signed by nobody or by some, that others are to sign",
      requestBody: body,
      responses: {
        200: answered("it was there, and has got signatures", proposal),
        201: answered("it is new", proposal),
        ...REFUSED,
      },
    },
    "/v1/proposals/{id}/signatures": {
      operationId: "sign",
      summary: "brings the record of a proposal with further signatures; with the last of them it is published",
      parameters: pathParameters("/v1/proposals/{id}/signatures"),
      requestBody: body,
      responses: { 200: answered("it has got signatures", proposal), ...REFUSED },
    },
    "/v1/records": {
      operationId: "handIn",
      summary: "hands signed records as text to the agent; the status is that of the worst of them",
      requestBody: body,
      responses: {
        200: answered("all are taken or known", handedInForm),
        "4XX": handedIn,
        default: handedIn,
      },
    },
  };
}

const OPEN_API = {
  operationId: "getOpenApi",
  summary: "this document",
  responses: {
    200: { description: "an OpenAPI document", content: { "application/json": { schema: { type: "object" } } } },
    ...REFUSED,
  },
};

/** An answer that says how the fabric is has `asOf` and a tag. */
function datedOperationOf(route: Told): Json {
  const { responses, ...operation } = operationOf(
    { ...route, form: { asOf: asOfForm, ...route.form } },
    "as of `asOf`",
  ) as { readonly responses: Json };
  const same = { description: "it is as `if-none-match` has it" };
  return { ...operation, responses: { ...responses, 304: same } };
}

function operationOf({ path, summary, query, form }: Told, description: string): Json {
  return {
    operationId: operationId(path),
    summary,
    parameters: [...pathParameters(path), ...parametersOf(query)],
    responses: {
      200: { description, content: { "application/json": { schema: schemaOf(z.object(form)) } } },
      ...REFUSED,
    },
  };
}

function pathParameters(path: string): readonly Json[] {
  return [...path.matchAll(/\{([a-z]+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
}

/** `/v1/nodes/{name}` is `getNodesByName`. */
function operationId(path: string): string {
  const words = path
    .replace("/v1/", "")
    .replaceAll(/\/\{([a-z]+)\}/g, "-by-$1")
    .split(/[-/]/);
  return `get${words.map((word) => `${word[0]!.toUpperCase()}${word.slice(1)}`).join("")}`;
}

function parametersOf(query: Told["query"]): readonly Json[] {
  const { properties = {} } = schemaOf(query, "input") as { readonly properties?: Readonly<Record<string, Json>> };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: "query",
    required: false,
    ...(description !== undefined && { description }),
    schema,
  }));
}

function schemaOf(form: z.ZodType, io: "input" | "output" = "output"): Json {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(form, { io, unrepresentable: "any" });
  return schema;
}
