/** The OpenAPI document (OpenAPI 3.1), made of the routes and the forms of their answers. */
import { z } from "zod";
import type { ApiRoute } from "./api-route.ts";
import { collectionQuery } from "./queries.ts";
import { asOfForm, auditForm, problemForm } from "./schemas.ts";

type Json = Readonly<Record<string, unknown>>;

export interface OpenApiOptions {
  readonly cluster: string;
  readonly version: string;
}

export function openApiOf(routes: readonly ApiRoute[], { cluster, version }: OpenApiOptions): Json {
  const all = [...routes.map((route) => ({ ...route, form: { asOf: asOfForm, ...route.form } })), AUDIT];
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
    paths: {
      ...Object.fromEntries(all.map((route) => [route.path, { get: operationOf(route) }])),
      "/v1/events": EVENTS,
    },
    components: { schemas: { Problem: schemaOf(problemForm) }, responses: { Problem: PROBLEM } },
  };
}

type Told = Pick<ApiRoute, "path" | "summary" | "query" | "form">;

const AUDIT: Told = {
  path: "/v1/audit",
  summary: "requests to this replica, the newest first: one's own, and those of all for whoever sees all organizations",
  query: collectionQuery({}),
  form: { items: z.array(auditForm), next: z.string().nullable() },
};

const PROBLEM = {
  description: "a problem (RFC 9457) with a code of docs/operate/errors.md",
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
};

const EVENTS = {
  get: {
    operationId: "getEvents",
    summary: "server-sent events: which collections are others than before",
    description:
      "`begin` names all collections, and comes first where the id of the request is not known; `changed` names those that are others. The id of an event goes on at another replica.",
    parameters: [{ name: "last-event-id", in: "header", required: false, schema: { type: "string" } }],
    responses: {
      200: {
        description: "events, until one end closes",
        content: { "text/event-stream": { schema: { type: "string" } } },
      },
      default: { $ref: "#/components/responses/Problem" },
    },
  },
};

function operationOf({ path, summary, query, form }: Told): Json {
  const inPath = [...path.matchAll(/\{([a-z]+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  return {
    operationId: operationId(path),
    summary,
    parameters: [...inPath, ...parametersOf(query)],
    responses: {
      200: { description: "as of `asOf`", content: { "application/json": { schema: schemaOf(z.object(form)) } } },
      304: { description: "it is as `if-none-match` has it" },
      default: { $ref: "#/components/responses/Problem" },
    },
  };
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
