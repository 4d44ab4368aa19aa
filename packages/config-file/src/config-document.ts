import { open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { z } from "zod";
import type { ProcessKitErrorCode } from "./error-codes.ts";
import { OperatorError, OperatorErrors } from "./errors.ts";
import type { ErrorPlace } from "./errors.ts";
import { CONFIG_SIZE_MAX } from "./limits.ts";
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
  readonly #problems: OperatorError[];

  constructor(value: Value, file: string, yaml: YamlDocument, problems: readonly OperatorError[]) {
    this.#problems = [...problems];
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
  problem(path: KeyPath, code: string, message: string, advice: string): void {
    this.#problems.push(new OperatorError(code, message, { advice, where: this.place(path) }));
  }

  /** @throws OperatorErrors with everything noted so far, in line order */
  throwIfProblems(): void {
    if (this.#problems.length > 0) throw inLineOrder(this.#problems);
  }
}

/** What makes of a file's value what the program uses, and notes with `problem` what cannot be so. */
export type ConfigResolver<Value, Result> = (document: ConfigDocument<Value>) => Result;

/**
 * Reads a YAML file and checks it against a zod schema (of strict objects), then lets `resolve` (when given) check what
 * a schema cannot. Its problems and those of the schema are reported together wherever the schema's leave a value to
 * resolve: misspelt and reserved keys do.
 *
 * @returns the document, or what `resolve` makes of it
 * @throws OperatorErrors (or one OperatorError, when the file cannot be read): codes `ERR_CONFIG_…` and the resolver's, in
 *   line order, each with file, line, column and key
 */
export function loadConfig<Value>(file: string, schema: z.ZodType<Value>): Promise<ConfigDocument<Value>>;
export function loadConfig<Value, Result>(
  file: string,
  schema: z.ZodType<Value>,
  resolve: ConfigResolver<Value, Result>,
): Promise<Result>;
export async function loadConfig<Value>(
  file: string,
  schema: z.ZodType<Value>,
  resolver: ConfigResolver<Value, unknown> = (document) => document,
): Promise<unknown> {
  const path = resolve(file);
  return parseConfig(await readConfigText(path), path, schema, resolver);
}

/** The same for a text that is already here; `file` is its absolute path, for messages and relative paths. */
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
  if ("problems" in yaml) {
    throw inLineOrder(
      yaml.problems.map(({ code, message, advice, ...where }) => newError(code, message, advice, { file, ...where })),
    );
  }
  const { value, problems } = checkSchema(yaml.value, schema);
  const errors = problems.map((problem) => {
    const position = yaml.position(problem.path, problem.at);
    const where = { file, ...position, ...(problem.path.length === 0 ? {} : { key: formatKey(problem.path) }) };
    return newError(problem.code, problem.message, problem.advice, where);
  });
  if (value === undefined) throw inLineOrder(errors);
  const document = new ConfigDocument(value.parsed, file, yaml, errors);
  const result = resolver(document);
  document.throwIfProblems();
  return result;
}

/** `links.a.label`, `tunnels[2].listen`. */
export function formatKey(path: KeyPath): string {
  return path.map((part, at) => (typeof part === "number" ? `[${part}]` : at === 0 ? part : `.${part}`)).join("");
}

async function readConfigText(file: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readBounded(file, CONFIG_SIZE_MAX + 1);
  } catch (error) {
    throw readError(error as NodeJS.ErrnoException, file);
  }
  if (bytes.length > CONFIG_SIZE_MAX) {
    throw newError("ERR_CONFIG_FILE_TOO_LARGE", `larger than ${CONFIG_SIZE_MAX} bytes`, "Is it a config file?", {
      file,
    });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new OperatorError("ERR_CONFIG_FILE_ENCODING", "not UTF-8 text", {
      advice: "Save the file as UTF-8.",
      where: { file },
      cause: error,
    });
  }
}

/** Reads at most `limit` bytes, so that a device file or a log named by mistake does not fill the memory. */
async function readBounded(file: string, limit: number): Promise<Uint8Array> {
  await using handle = await open(file, "r");
  const buffer = Buffer.alloc(limit);
  let size = 0;
  while (size < limit) {
    const { bytesRead } = await handle.read(buffer, size, limit - size);
    if (bytesRead === 0) break;
    size += bytesRead;
  }
  return buffer.subarray(0, size);
}

function readError(error: NodeJS.ErrnoException, file: string): OperatorError {
  const options = (advice: string): { advice: string; where: ErrorPlace; cause: unknown } => ({
    advice,
    where: { file },
    cause: error,
  });
  switch (error.code) {
    case "ENOENT":
    case "ENOTDIR":
      return new OperatorError(code("ERR_CONFIG_FILE_MISSING"), "no such file", options("Check the path of --config."));
    case "EISDIR":
      return new OperatorError(
        code("ERR_CONFIG_FILE_DIRECTORY"),
        "is a directory, not a file",
        options("Name the YAML file in it."),
      );
    case "EACCES":
    case "EPERM":
      return new OperatorError(
        code("ERR_CONFIG_FILE_UNREADABLE"),
        "permission denied",
        options("Let the user of this process read the file and enter its folders."),
      );
    default:
      return new OperatorError(
        code("ERR_CONFIG_FILE_UNREADABLE"),
        `cannot be read: ${error.message}`,
        options("See the message of the system."),
      );
  }
}

function newError(errorCode: string, message: string, advice: string, where: ErrorPlace): OperatorError {
  return new OperatorError(errorCode, message, { advice, where });
}

function code(value: ProcessKitErrorCode): ProcessKitErrorCode {
  return value;
}

function inLineOrder(problems: readonly OperatorError[]): OperatorErrors {
  const line = (error: OperatorError): number => error.where?.line ?? 0;
  const column = (error: OperatorError): number => error.where?.column ?? 0;
  return new OperatorErrors([...problems].sort((a, b) => line(a) - line(b) || column(a) - column(b)));
}
