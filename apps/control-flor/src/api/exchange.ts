/** A request, and what is answered: as HTTP has them, without its connections. */
import { CONTROL_API_ERRORS, type ControlApiErrorCode } from "./api-errors.ts";

/** The titles of problems: with `about:blank` those are the phrases of the statuses (RFC 9110, 15). */
const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  421: "Misdirected Request",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
  507: "Insufficient Storage",
};

export interface ApiRequest {
  readonly method: string;
  /** Parts of the path between its slashes, decoded. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  /** The principal that asks, as the mesh or a certificate has proven it: `user/alice`; empty: none is known. */
  readonly principal: string;
  /** Why the principal is not proven, for people; undefined: it is. */
  readonly unproven?: string | undefined;
  /** Headers by their names in small letters. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** UTF-8; undefined: none. */
  readonly text?: string | undefined;
  /** The code of the problem that it tells to people; undefined: it tells none, or is thrown. */
  readonly code?: ControlApiErrorCode;
}

/** Refuses a request: what throws it is answered with a problem (RFC 9457). */
export class ApiError extends Error {
  readonly code: ControlApiErrorCode;
  readonly headers: Readonly<Record<string, string>>;
  /** Further members of the problem. */
  readonly more: Readonly<Record<string, unknown>>;

  constructor(
    code: ControlApiErrorCode,
    message: string,
    headers: Readonly<Record<string, string>> = {},
    more: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.code = code;
    this.headers = headers;
    this.more = more;
  }
}

/** A problem as RFC 9457 has it, with our code and what to do about it. */
export interface Problem {
  readonly type: "about:blank";
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ControlApiErrorCode;
  readonly advice: string;
}

export function problemOf({ code, message, headers, more }: ApiError): ApiAnswer {
  const { status, advice } = CONTROL_API_ERRORS[code];
  const problem: Problem = { type: "about:blank", title: TITLES[status] ?? "", status, detail: message, code, advice };
  return {
    status,
    headers: { ...headers, "content-type": "application/problem+json", "cache-control": "no-store" },
    text: `${JSON.stringify({ ...problem, ...more })}\n`,
  };
}
