import type { z } from "zod";
import type { ConfigFileErrorCode } from "./error-codes.ts";
import { suggest } from "./near-match.ts";
import type { Advice } from "./problem-list.ts";
import type { KeyPath } from "./yaml-document.ts";

/** A mistake found by the schema, in the operator's words. */
interface SchemaProblem {
  readonly path: KeyPath;
  readonly at: "key" | "value";
  readonly code: string;
  readonly message: string;
  readonly advice: Advice;
}

/** The code and the advice of a schema's own check, in its `params`. */
export interface ProblemParams {
  readonly code: string;
  readonly advice: string;
}

type Issue = z.core.$ZodIssue;

export interface SchemaResult<Value> {
  /** Undefined when the problems leave nothing that fits the schema. */
  readonly value: { readonly parsed: Value } | undefined;
  readonly problems: readonly SchemaProblem[];
}

/** Checks a plain value. Keys that have no place are problems, and what is left without them may still be a value. */
export function checkSchema<Value>(value: unknown, schema: z.ZodType<Value>): SchemaResult<Value> {
  const first = safeParse(value, schema);
  if (first.success) return { value: { parsed: first.data }, problems: [] };
  const problems = first.error.issues.flatMap((issue) => issueProblems(issue, schema, value));
  const isStray = ({ code }: SchemaProblem): boolean => STRAY_CODES.includes(code as ConfigFileErrorCode);
  if (!problems.every(isStray)) return { value: undefined, problems };
  const second = safeParse(withoutKeys(value, problems), schema);
  return { value: second.success ? { parsed: second.data } : undefined, problems };
}

/** The library compiles no code for a schema, which takes longer than the few checks of a config. */
const UNCOMPILED: z.core.ParseContextInternal<z.core.$ZodIssue> = { jitless: true };
const UNTIL_THE_FIRST = { ...UNCOMPILED, abortEarly: true };

/** Finds all issues; or the first alone, where there are more than fit on the stack: the library hands them up as arguments. */
function safeParse<Value>(value: unknown, schema: z.ZodType<Value>): z.ZodSafeParseResult<Value> {
  try {
    return schema.safeParse(value, UNCOMPILED);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return schema.safeParse(value, UNTIL_THE_FIRST);
  }
}

const STRAY_CODES: readonly ConfigFileErrorCode[] = ["ERR_CONFIG_UNKNOWN_KEY", "ERR_CONFIG_RESERVED"];

function withoutKeys(value: unknown, problems: readonly SchemaProblem[]): unknown {
  const copy = structuredClone(value);
  for (const { path } of problems) {
    const holder = valueAt(copy, path.slice(0, -1));
    if (typeof holder === "object" && holder !== null) Reflect.deleteProperty(holder, path.at(-1)!);
  }
  return copy;
}

function issueProblems(issue: Issue, schema: z.ZodType, value: unknown): SchemaProblem[] {
  const path = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey([...path, key], () => knownKeys(schema, path)));
    case "invalid_key":
      return issue.issues.map((inner) => ({ ...problemOf(inner, path, "key") }));
    case "invalid_type":
      if (issue.expected === "never") return [reservedKey(path)];
      if (valueAt(value, path) === undefined && path.length > 0) return [missingKey(path, issue.expected)];
      return [
        refusedText(schema, path, issue.expected, valueAt(value, path)) ??
          typeProblem(path, issue.expected, valueAt(value, path), () => knownKeys(schema, [])),
      ];
    case "invalid_value":
      return [valueProblem(path, issue.values.map(String), valueAt(value, path))];
    default:
      return [problemOf(issue, path, "value")];
  }
}

/** A check of the schema's own: its message is ours already. */
function problemOf(issue: Issue, path: KeyPath, at: "key" | "value"): SchemaProblem {
  const params = issue.code === "custom" ? (issue.params as Partial<ProblemParams> | undefined) : undefined;
  const code: ConfigFileErrorCode = "ERR_CONFIG_VALUE";
  return {
    path,
    at,
    code: params?.code ?? code,
    message: issue.message,
    advice: params?.advice ?? "See docs/operate/configuration.md for what is allowed.",
  };
}

function unknownKey(path: KeyPath, known: () => readonly string[]): SchemaProblem {
  const key = String(path.at(-1));
  const advice = (): string => suggest(key, known(), "Remove it.");
  return { path, at: "key", code: "ERR_CONFIG_UNKNOWN_KEY", message: `unknown key "${key}"`, advice };
}

/** A key that the schema knows as `z.never().optional()`: a word kept for later. */
function reservedKey(path: KeyPath): SchemaProblem {
  const message = `"${String(path.at(-1))}" is reserved, not implemented`;
  const advice = "Remove it: a later version will give it its meaning.";
  return { path, at: "key", code: "ERR_CONFIG_RESERVED", message, advice };
}

function missingKey(path: KeyPath, expected: string): SchemaProblem {
  const message = `missing: expected ${typeName(expected)}`;
  const advice = `Add "${String(path.at(-1))}"; docs/operate/configuration.md says what it means.`;
  return { path, at: "value", code: "ERR_CONFIG_MISSING_KEY", message, advice };
}

function typeProblem(
  path: KeyPath,
  expected: string,
  actual: unknown,
  sections: () => readonly string[],
): SchemaProblem {
  const message = `expected ${typeName(expected)}, not ${describe(actual)}`;
  const advice = (): string => {
    const isIndented = path.length > 1 && sections().includes(String(path.at(-1)));
    if (isIndented) return `"${String(path.at(-1))}" is a section of its own: is it indented by mistake?`;
    return typeAdvice(expected, actual) ?? "See docs/operate/configuration.md for its form.";
  };
  return { path, at: "value", code: "ERR_CONFIG_TYPE", message, advice };
}

/** The problem of a number or the like that would be no right text either, as `listen: 18080`: quotes would not mend it. */
function refusedText(schema: z.ZodType, path: KeyPath, expected: string, actual: unknown): SchemaProblem | undefined {
  if (expected !== "string" || (typeof actual !== "number" && typeof actual !== "boolean")) return undefined;
  const field = schemaAt(schema, path) as z.ZodType | undefined;
  const issue = field?.safeParse(String(actual)).error?.issues[0];
  return issue === undefined ? undefined : problemOf(issue, path, "value");
}

/** Advice for a right value that is written as another type. */
function typeAdvice(expected: string, actual: unknown): string | undefined {
  const isBare = typeof actual === "number" || typeof actual === "boolean";
  if (expected === "string" && isBare) return `Put it in quotes: "${String(actual)}".`;
  const isNumber = typeof actual === "string" && /^\d+$/.test(actual);
  if ((expected === "number" || expected === "int") && isNumber) return `Write it without quotes: ${actual}.`;
  if (expected === "array" && (isBare || typeof actual === "string")) {
    return `Write it in brackets: [ ${typeof actual === "string" ? JSON.stringify(actual) : String(actual)} ].`;
  }
  return undefined;
}

function valueProblem(path: KeyPath, allowed: readonly string[], actual: unknown): SchemaProblem {
  if (actual === undefined) return missingKey(path, `one of ${allowed.join(", ")}`);
  const message = `expected ${allowed.length === 1 ? allowed[0] : `one of ${allowed.join(", ")}`}, not ${describe(actual)}`;
  const advice = (): string => (typeof actual === "string" ? suggest(actual, allowed, "") : "");
  return { path, at: "value", code: "ERR_CONFIG_VALUE", message, advice };
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "a section of keys",
  record: "a section of names",
};

function typeName(expected: string): string {
  return TYPE_NAMES[expected] ?? expected;
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a section of keys";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function valueAt(value: unknown, path: KeyPath): unknown {
  let at = value;
  for (const part of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as Record<string | number, unknown>)[part];
  }
  return at;
}

/** The keys that the object at `path` may have: what a misspelt one is compared with. */
function knownKeys(schema: z.ZodType, path: KeyPath): string[] {
  const shape = definition(schemaAt(schema, path))?.["shape"];
  if (typeof shape !== "object" || shape === null) return [];
  return Object.entries(shape)
    .filter(([, value]) => definition(unwrap(value))?.["type"] !== "never")
    .map(([key]) => key);
}

/** The schema of the value at `path`; undefined where no schema says what it is. */
function schemaAt(schema: z.ZodType, path: KeyPath): unknown {
  let at: unknown = unwrap(schema);
  for (const part of path) at = unwrap(childOf(at, part));
  return at;
}

function childOf(schema: unknown, part: string | number): unknown {
  const inner = definition(schema);
  switch (inner?.["type"]) {
    case "object":
      return (inner["shape"] as Record<string, unknown>)[part];
    case "record":
      return inner["valueType"];
    case "array":
      return inner["element"];
    default:
      return undefined;
  }
}

/** Takes off what only wraps another schema: optional, default, pipe. */
function unwrap(schema: unknown): unknown {
  let at = schema;
  for (let inner = definition(at); inner !== undefined; inner = definition(at)) {
    const next = inner["innerType"] ?? inner["in"];
    if (next === undefined) break;
    at = next;
  }
  return at;
}

function definition(schema: unknown): Record<string, unknown> | undefined {
  return (schema as { _zod?: { def?: Record<string, unknown> } } | undefined)?._zod?.def;
}
