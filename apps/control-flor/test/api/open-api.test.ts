import { expect, test } from "vitest";
import { openApiOf } from "../../src/api/open-api.ts";
import { API_ROUTES } from "../../src/api/routes.ts";

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly responses: Readonly<Record<string, unknown>>;
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

const document = openApiOf(API_ROUTES, { cluster: "demo", version: "0.1.0" });
const paths = document["paths"] as Paths;
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.values(methods).map((operation) => [path, operation] as const),
);

test("has each path that is answered", () => {
  const answered = API_ROUTES.map(({ path }) => path);
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining([...answered, "/v1/audit", "/v1/events", "/v1/openapi.json"]),
  );
});

test("has each operation by a name of its own", () => {
  const ids = operations.map(([, { operationId }]) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z]+$/);
});

test.each(operations.map(([path, operation]) => ({ path, operation })))(
  "$path names each part of itself, and tells of refusals",
  ({ path, operation: { parameters = [], responses } }) => {
    const inBraces = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const inPath = parameters.filter((parameter) => parameter.in === "path");
    expect(inPath.map(({ name }) => name)).toEqual(inBraces);
    expect(inPath.every(({ required }) => required)).toBe(true);
    expect(responses).toHaveProperty("default");
  },
);

test("each reference leads somewhere", () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, to]) => to!);
  expect(references.length).toBeGreaterThan(0);
  for (const to of references) {
    let at: unknown = document;
    for (const part of to.replace("#/", "").split("/")) at = (at as Record<string, unknown> | undefined)?.[part];
    expect(at, to).toBeDefined();
  }
});
