/** The console's server, for browsers of one user of this machine. */
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { FORM_POLICY, followSections, type LiveSections, PAGE_FILES, pageOf, POLICY } from "@florenetes/console";
import { OperatorError } from "@florenetes/operator-text";
import { readBody } from "@florenetes/process-kit";
import { FLOR_ERRORS } from "../error-codes.ts";
import { LOOPBACK_HEADERS } from "../loopback-headers.ts";
import { type LoopbackServer, openLoopbackServer } from "../loopback-server.ts";
import { FORM_SIZE_MAX, KEY_SIZE, PAGES_AT_ONCE } from "./limits.ts";
import type { TraceDesk, Traced } from "./trace-desk.ts";
import { TARGET_FIELD, tracePage } from "./trace-page.ts";

export interface ConsoleOptions {
  readonly cluster: string;
  /** Ids of all sections, in the order of the page. */
  readonly sectionIds: readonly string[];
  readonly sections: LiveSections;
  readonly everyMs: number;
  readonly traces: TraceDesk;
  /** 0: any port that is free. */
  readonly port: number;
}

const COMMON = {
  ...LOOPBACK_HEADERS,
  "cross-origin-opener-policy": "same-origin",
  "content-security-policy": POLICY,
};

/**
 * Shows sections at a port of the loopback address, under a path that nobody can guess: other users of this machine reach the port, too,
 * and may not see the mesh. Rejects with ERR_FLOR_CONSOLE_LISTEN.
 */
export async function openConsole(options: ConsoleOptions): Promise<LoopbackServer> {
  const key = randomBytes(KEY_SIZE).toString("base64url");
  const { cluster, sectionIds } = options;
  const elsewhere = "flor mesh status shows the same in a terminal.";
  const page = pageOf({ cluster, sectionIds, elsewhere, links: [{ text: "trace a path", href: TRACE }] });
  const server = await openLoopbackServer((request, response, hosts, keep) => {
    const { method = "", url = "" } = request;
    if (!hosts.includes(request.headers.host ?? ""))
      return refuse(response, 421, "this is the console of another host\n");
    const [, shown = "", name] = url.split("?")[0]!.split("/");
    const isAsking = method === "POST" && name === TRACE;
    if (method !== "GET" && !isAsking) return refuse(response, 405, "only GET is answered here\n");
    if (!isKey(shown, key)) return refuse(response, 404, "open the address that flor console has printed\n");
    keep();
    if (name === undefined) return void response.writeHead(308, { ...COMMON, location: `/${key}/` }).end();
    if (name === "events") {
      const { sections, everyMs } = options;
      if (sections.pages >= PAGES_AT_ONCE) return refuse(response, 503, "too many pages are open\n");
      return followSections({ sections, everyMs, headers: COMMON }, request, response);
    }
    if (isAsking) return void answerTrace(options, request, response);
    if (name === TRACE) return showTrace(options, response);
    const file = name === "" ? { type: "text/html; charset=utf-8", text: page } : PAGE_FILES.get(name);
    if (file === undefined) return refuse(response, 404, "the console has no such page\n");
    response.writeHead(200, { ...COMMON, "content-type": file.type }).end(file.text);
  }, options.port).catch((error: unknown) => {
    throw cannotListen(options.port, error);
  });
  return {
    address: `${server.address}${key}/`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const TRACE = "trace";

/** Has a path traced, as the form of the page says. */
async function answerTrace(options: ConsoleOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A browser that has gone hears of nothing.
  const body = await readBody(request, FORM_SIZE_MAX).catch(() => undefined);
  if (body === undefined) return refuse(response, 413, "a form has fewer octets\n");
  const traced = await options.traces.trace(new URLSearchParams(body).get(TARGET_FIELD));
  showTrace(options, response, traced);
}

function showTrace({ cluster, traces }: ConsoleOptions, response: ServerResponse, traced?: Traced): void {
  const status = traced === "busy" ? 429 : traced === "no-target" ? 400 : 200;
  const headers = { ...COMMON, "content-security-policy": FORM_POLICY, "content-type": "text/html; charset=utf-8" };
  response.writeHead(status, headers).end(tracePage(cluster, traces, traced));
}

function isKey(shown: string, key: string): boolean {
  const [one, other] = [Buffer.from(shown), Buffer.from(key)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function refuse(response: ServerResponse, status: number, text: string): void {
  // The rest of the request is not read.
  response.writeHead(status, { ...COMMON, "content-type": "text/plain; charset=utf-8", connection: "close" }).end(text);
}

function cannotListen(port: number, cause: unknown): OperatorError {
  const { advice } = FLOR_ERRORS.ERR_FLOR_CONSOLE_LISTEN;
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `cannot listen on port ${port} of the loopback address: ${why}`;
  return new OperatorError("ERR_FLOR_CONSOLE_LISTEN", message, { advice, cause });
}
