import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { OperatorError } from "@florenetes/operator-text";
import type { z } from "zod";
import { parseConfig } from "../config-document.ts";
import type { ConfigDocument, ConfigResolver } from "../config-document.ts";
import type { ConfigFileErrorCode } from "../error-codes.ts";
import { CONFIG_SIZE_MAX } from "../limits.ts";

/**
 * Reads a YAML file and checks it as `parseConfig` does.
 *
 * @throws OperatorError `ERR_CONFIG_FILE_…` when the file cannot be read; else what `parseConfig` throws
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

async function readConfigText(file: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readBounded(file, CONFIG_SIZE_MAX + 1);
  } catch (error) {
    throw readError(error as NodeJS.ErrnoException, file);
  }
  if (bytes.length > CONFIG_SIZE_MAX) {
    throw fileError(file, "ERR_CONFIG_FILE_TOO_LARGE", `larger than ${CONFIG_SIZE_MAX} bytes`, "Is it a config file?");
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw fileError(file, "ERR_CONFIG_FILE_ENCODING", "not UTF-8 text", "Save the file as UTF-8.", error);
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
  const newError = (code: ConfigFileErrorCode, message: string, advice: string): OperatorError =>
    fileError(file, code, message, advice, error);
  switch (error.code) {
    case "ENOENT":
    case "ENOTDIR":
      return newError("ERR_CONFIG_FILE_MISSING", "no such file", "Check the path of --config.");
    case "EISDIR":
      return newError("ERR_CONFIG_FILE_DIRECTORY", "is a directory, not a file", "Name the YAML file in it.");
    case "EACCES":
    case "EPERM":
      return newError(
        "ERR_CONFIG_FILE_UNREADABLE",
        "permission denied",
        "Let the user of this process read the file and enter its folders.",
      );
    default:
      return newError(
        "ERR_CONFIG_FILE_UNREADABLE",
        `cannot be read: ${error.message}`,
        "See the message of the system.",
      );
  }
}

function fileError(
  file: string,
  code: ConfigFileErrorCode,
  message: string,
  advice: string,
  cause?: unknown,
): OperatorError {
  return new OperatorError(code, message, { advice, where: { file }, cause });
}
