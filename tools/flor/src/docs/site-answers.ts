/** Answers requests for the site of the documents. Pure. */
import { LOOPBACK_HEADERS } from "../loopback-headers.ts";

/** A file of the site, whole. */
interface SiteFile {
  readonly type: string;
  readonly octets: Uint8Array;
}

/** Files by their paths in a request. Nothing else can be asked for. */
export type Site = ReadonlyMap<string, SiteFile>;

export interface SiteRequest {
  readonly method: string;
  /** The target, as it stands in the request. */
  readonly target: string;
  readonly host: string | undefined;
}

export interface SiteAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ["html", "text/html; charset=utf-8"],
  ["css", "text/css; charset=utf-8"],
  ["js", "text/javascript; charset=utf-8"],
  ["json", "application/json"],
  ["svg", "image/svg+xml"],
]);
const FOLDER_PAGE = /index\.html$/;
const POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/** A drawing that is opened by itself has its style within, and nothing else. */
const DRAWING_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/** @param files octets by the paths of the files in the site, as `docs/index.html` */
export function siteOf(files: ReadonlyMap<string, Uint8Array>): Site {
  const placed = [...files].flatMap(([path, octets]) => {
    const file = { type: TYPES.get(path.split(".").at(-1)!) ?? "application/octet-stream", octets };
    const own = [`/${path}`, file] as const;
    return FOLDER_PAGE.test(path) ? [own, [`/${path.replace(FOLDER_PAGE, "")}`, file] as const] : [own];
  });
  return new Map(placed);
}

/**
 * The answer to a request.
 *
 * @param hosts the names under which the site is asked for. A page of another host, whose name leads to this machine, has another one.
 */
export function answerOf(site: Site, hosts: readonly string[], request: SiteRequest): SiteAnswer {
  if (!hosts.includes(request.host ?? "")) return refusal(421, "this is the site of another host\n");
  if (request.method !== "GET" && request.method !== "HEAD")
    return refusal(405, "only GET and HEAD are answered here\n", { allow: "GET, HEAD" });
  const file = site.get(pathIn(request.target));
  if (file === undefined) return refusal(404, "the documents have no such page\n");
  const policy = file.type === TYPES.get("svg") ? DRAWING_POLICY : POLICY;
  return {
    status: 200,
    headers: { ...LOOPBACK_HEADERS, "content-type": file.type, "content-security-policy": policy },
    body: file.octets,
  };
}

/** The path of a target without its question, decoded once; "" for what cannot be decoded. */
function pathIn(target: string): string {
  try {
    return decodeURIComponent(target.split("?")[0]!);
  } catch {
    return "";
  }
}

function refusal(status: number, text: string, more: Readonly<Record<string, string>> = {}): SiteAnswer {
  const headers = {
    ...LOOPBACK_HEADERS,
    "content-type": "text/plain; charset=utf-8",
    "content-security-policy": POLICY,
    // The rest of the request is not read.
    connection: "close",
    ...more,
  };
  return { status, headers, body: Buffer.from(text) };
}
