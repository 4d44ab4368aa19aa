/** The console's server, for browsers of one user of this machine. */
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { ServerResponse } from "node:http";
import { followSections, type LiveSections, PAGE_FILES, pageOf, POLICY } from "@florenetes/console";
import { OperatorError } from "@florenetes/operator-text";
import { FLOR_ERRORS } from "../error-codes.ts";
import { LOOPBACK_HEADERS } from "../loopback-headers.ts";
import { type LoopbackServer, openLoopbackServer } from "../loopback-server.ts";
import { KEY_SIZE, PAGES_AT_ONCE } from "./limits.ts";

export interface ConsoleOptions {
  readonly cluster: string;
  /** Ids of all sections, in the order of the page. */
  readonly sectionIds: readonly string[];
  readonly sections: LiveSections;
  readonly everyMs: number;
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
  const page = pageOf({ cluster, sectionIds, elsewhere: "flor mesh status shows the same in a terminal." });
  const server = await openLoopbackServer((request, response, hosts, keep) => {
    const { method = "", url = "" } = request;
    if (!hosts.includes(request.headers.host ?? ""))
      return refuse(response, 421, "this is the console of another host\n");
    if (method !== "GET") return refuse(response, 405, "only GET is answered here\n");
    const [, shown = "", name] = url.split("?")[0]!.split("/");
    if (!isKey(shown, key)) return refuse(response, 404, "open the address that flor console has printed\n");
    keep();
    if (name === undefined) return void response.writeHead(308, { ...COMMON, location: `/${key}/` }).end();
    if (name === "events") {
      const { sections, everyMs } = options;
      if (sections.pages >= PAGES_AT_ONCE) return refuse(response, 503, "too many pages are open\n");
      return followSections({ sections, everyMs, headers: COMMON }, request, response);
    }
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
