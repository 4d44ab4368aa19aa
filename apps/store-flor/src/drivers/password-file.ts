import { createHash, timingSafeEqual } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { EXIT_CODES, OperatorError } from "@florenetes/operator-text";
import { GATEWAY_ERRORS, type GatewayErrorCode } from "../config/config-errors.ts";
import { PASSWORD_FILE_MAX } from "../gateway/limits.ts";

const OTHERS = 0o007;

/** Says whether the header `Authorization` of a request has the name and the password of a gateway, in a time that tells nothing of them. */
export type PasswordCheck = (authorization: string | undefined) => boolean;

/**
 * Reads a file of one line, `name:password`, of 16 characters at least.
 *
 * @throws OperatorError ERR_STORE_PASSWORD
 */
export function readPasswordFile(file: string): PasswordCheck {
  const line = readLine(file);
  const wanted = digestOf(`Basic ${Buffer.from(line).toString("base64")}`);
  return (authorization) => timingSafeEqual(digestOf(authorization ?? ""), wanted);
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function readLine(file: string): string {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new Error("it is no file");
    if ((stats.mode & OTHERS) !== 0) throw new Error("others than its owner and its group may use it");
    const octets = Buffer.alloc(PASSWORD_FILE_MAX + 1);
    const text = octets.toString("utf8", 0, readSync(descriptor, octets));
    const [, line] = /^([^:\n]{1,64}:[^\n]{16,512})\n?$/.exec(text) ?? [];
    if (line === undefined) throw new Error("it is no line `name:password` with a password of 16 to 512 characters");
    return line;
  } catch (cause) {
    const code: GatewayErrorCode = "ERR_STORE_PASSWORD";
    throw new OperatorError(code, `the password of the gateway cannot be taken: ${(cause as Error).message}`, {
      advice: GATEWAY_ERRORS[code].advice,
      where: { file },
      exitCode: EXIT_CODES.failed,
      cause,
    });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
