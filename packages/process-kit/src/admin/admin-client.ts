import type { IncomingMessage } from "node:http";
import { checkSocketPathSize } from "@florenetes/config-file";
import type { ProcessKitErrorCode } from "../error-codes.ts";
import { EXIT_CODES, OperatorError } from "@florenetes/operator-text";
import { request } from "./http.ts";
import { ADMIN_ANSWER_MS_MAX, ADMIN_ANSWER_SIZE_MAX } from "../limits.ts";

export interface AdminRequestOptions {
  /** Default 5 s. */
  readonly timeoutMs?: number;
  /** Ends the request before its time. */
  readonly signal?: AbortSignal;
  /** Largest answer that is accepted, in bytes. */
  readonly sizeMax?: number;
  /** Is told how many bytes an answer has that came whole. */
  readonly onSize?: (octets: number) => void;
  /** Default `GET`. */
  readonly method?: "GET" | "POST";
  /** The body of the request. */
  readonly body?: string;
  /** Whether an answer with another status than 200 is one all the same, as far as it is JSON, and no error of the program that asks. */
  readonly isAnswer?: (answer: unknown) => boolean;
}

/**
 * Asks a running process on its admin socket and returns the JSON of its answer (or the text, of a route that gives
 * text).
 *
 * @throws OperatorError `ERR_ADMIN_…`, `ERR_SOCKET_PATH_TOO_LONG`, and what the process says of the question
 */
export async function requestAdmin(path: string, route: string, options: AdminRequestOptions = {}): Promise<unknown> {
  const problem = checkSocketPathSize(path);
  if (problem !== undefined) throw problem;
  const { status, contentType, body, size } = await ask(path, route, options);
  options.onSize?.(size);
  const other = status === 200 ? undefined : jsonOf(body);
  if (other !== undefined && options.isAnswer?.(other) === true) return other;
  if (status === 400) throw askersError(body) ?? adminError("ERR_ADMIN_ANSWER", "answered 400", path, ANSWER_ADVICE);
  if (status !== 200) {
    throw adminError("ERR_ADMIN_ANSWER", `answered ${status}: ${body.trim().slice(0, 200)}`, path, ANSWER_ADVICE);
  }
  if (!contentType.startsWith("application/json")) return body;
  try {
    return JSON.parse(body) as unknown;
  } catch (error) {
    throw adminError("ERR_ADMIN_ANSWER", "answered what is no JSON", path, ANSWER_ADVICE, error);
  }
}

const ANSWER_ADVICE = "Is the socket that of this program, in about the same version?";

/** The operator's mistake in the request, as the process words it. */
function askersError(body: string): OperatorError | undefined {
  const { code, message, advice } = (jsonOf(body) ?? {}) as Record<string, unknown>;
  if (typeof code !== "string" || typeof message !== "string" || typeof advice !== "string") return undefined;
  return new OperatorError(code, message, { advice });
}

/** The value that a text is JSON of; undefined for any other text. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** In bytes. */
  readonly size: number;
}

function ask(
  path: string,
  route: string,
  {
    timeoutMs = ADMIN_ANSWER_MS_MAX,
    sizeMax = ADMIN_ANSWER_SIZE_MAX,
    method = "GET",
    body,
    ...rest
  }: AdminRequestOptions,
): Promise<Answer> {
  return new Promise((done, fail) => {
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = rest.signal === undefined ? timeout : AbortSignal.any([timeout, rest.signal]);
    const refuse = (error: NodeJS.ErrnoException): void => {
      fail(error instanceof OperatorError ? error : connectError(error, path, timeoutMs));
    };
    const outgoing = request({ socketPath: path, path: route, method, agent: false, signal });
    outgoing.once("error", refuse);
    outgoing.once("response", (response) => readAnswer(response, path, sizeMax, done, refuse));
    outgoing.end(body);
  });
}

function readAnswer(
  response: IncomingMessage,
  path: string,
  sizeMax: number,
  done: (answer: Answer) => void,
  fail: (error: NodeJS.ErrnoException) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size > sizeMax) {
      response.destroy(adminError("ERR_ADMIN_ANSWER", "answered more than is sensible", path, ANSWER_ADVICE));
    }
  });
  response.once("error", fail);
  response.once("end", () => {
    const contentType = response.headers["content-type"] ?? "";
    done({ status: response.statusCode ?? 0, contentType, body: Buffer.concat(chunks).toString(), size });
  });
}

function connectError(error: NodeJS.ErrnoException, path: string, timeoutMs: number): OperatorError {
  switch (error.code) {
    case "ENOENT":
    case "ENOTDIR":
      return adminError("ERR_ADMIN_NOT_RUNNING", "there is no admin socket", path, RUNNING_ADVICE, error);
    case "ECONNREFUSED":
      return adminError(
        "ERR_ADMIN_NOT_RUNNING",
        "the process that made this socket is gone",
        path,
        RUNNING_ADVICE,
        error,
      );
    case "EACCES":
    case "EPERM":
      return adminError(
        "ERR_ADMIN_DENIED",
        "permission denied",
        path,
        "Ask as root, or as who may: the control socket is for the process's own user, the admin socket for its group, too.",
        error,
      );
    case "ABORT_ERR":
      return adminError(
        "ERR_ADMIN_TIMEOUT",
        `no answer within ${timeoutMs} ms`,
        path,
        "The process hangs or is stopped: look at its log.",
        error,
      );
    default:
      return adminError("ERR_ADMIN_ANSWER", `no usable answer: ${error.message}`, path, ANSWER_ADVICE, error);
  }
}

const RUNNING_ADVICE = "Is the process running, and is the path the `admin` (or `control`) of its config?";

function adminError(
  code: ProcessKitErrorCode,
  message: string,
  path: string,
  advice: string,
  cause?: unknown,
): OperatorError {
  return new OperatorError(code, message, { advice, where: { file: path }, exitCode: EXIT_CODES.unreachable, cause });
}
