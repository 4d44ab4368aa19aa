import { dirname, resolve } from "node:path";
import type { ErrorPlace } from "@florenetes/operator-text";
import type { z } from "zod";
import { type Advice, ProblemList } from "./problem-list.ts";
import { checkSchema } from "./schema-problems.ts";
import { parseYaml } from "./yaml-document.ts";
import type { KeyPath, YamlDocument } from "./yaml-document.ts";

/**
 * A config file that fits its schema. What a schema cannot say (a path that names an unknown link) is added by the
 * resolver with `problem`, which knows the line of every key; all of it is then reported at once.
 */
export class ConfigDocument<Value> {
  readonly value: Value;
  readonly file: string;
  readonly #yaml: YamlDocument;
  readonly #problems: ProblemList;

  constructor(value: Value, file: string, yaml: YamlDocument, problems: ProblemList) {
    this.#problems = problems;
    this.value = value;
    this.file = file;
    this.#yaml = yaml;
  }

  /** A path of the file, made absolute: relative paths start at the config file's own folder. */
  resolvePath(path: string): string {
    return resolve(dirname(this.file), path);
  }

  /** Line and column of a value (or of the nearest key above it that is there), counted from 1. */
  place(path: KeyPath): ErrorPlace {
    return { file: this.file, key: formatKey(path), ...this.#yaml.position(path, "value") };
  }

  /** Notes a mistake at the value of a key. Several at one place are kept. */
  problem(path: KeyPath, code: string, message: string, advice: Advice): void {
    this.#problems.add({ code, message, advice, key: formatKey(path), ...this.#yaml.position(path, "value") });
  }

  /** @throws OperatorErrors with what was noted so far, in line order */
  throwIfProblems(): void {
    if (!this.#problems.isEmpty) throw this.#problems.toError(this.file);
  }
}

/** Makes the program's config of a file's value, and notes each mistake with `problem`. */
export type ConfigResolver<Value, Result> = (document: ConfigDocument<Value>) => Result;

/**
 * Checks a YAML text against a zod schema (of strict objects), then lets `resolve` (when given) check what a schema cannot. Its
 * problems and those of the schema are reported together wherever the schema's leave a value to resolve: misspelt and
 * reserved keys do. `file` is the absolute path of the text, for messages and relative paths.
 *
 * @returns the document, or what `resolve` makes of it
 * @throws OperatorErrors: codes `ERR_CONFIG_…` and the resolver's, in line order, each with file, line, column and key
 */
export function parseConfig<Value>(text: string, file: string, schema: z.ZodType<Value>): ConfigDocument<Value>;
export function parseConfig<Value, Result>(
  text: string,
  file: string,
  schema: z.ZodType<Value>,
  resolve: ConfigResolver<Value, Result>,
): Result;
export function parseConfig<Value>(
  text: string,
  file: string,
  schema: z.ZodType<Value>,
  resolver: ConfigResolver<Value, unknown> = (document) => document,
): unknown {
  const yaml = parseYaml(text);
  if (yaml instanceof ProblemList) throw yaml.toError(file);
  const { value, problems } = checkSchema(yaml.value, schema);
  const list = new ProblemList();
  for (const { path, at, ...problem } of problems) {
    list.add({ ...problem, ...yaml.position(path, at), ...(path.length > 0 && { key: formatKey(path) }) });
  }
  if (value === undefined) throw list.toError(file);
  const document = new ConfigDocument(value.parsed, file, yaml, list);
  const result = resolver(document);
  document.throwIfProblems();
  return result;
}

/** `links.a.label`, `tunnels[2].listen`. */
export function formatKey(path: KeyPath): string {
  return path.map((part, at) => (typeof part === "number" ? `[${part}]` : at === 0 ? part : `.${part}`)).join("");
}
