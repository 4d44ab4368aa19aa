/** A node's questions to an issuer, over HTTPS: with the certificate that the question is about, or before it has one. */
import { request } from "node:https";
import type { Duplex } from "node:stream";
import type { DetailedPeerCertificate, TLSSocket } from "node:tls";
import { type Credentials, judgePeer, Revocations } from "@florenetes/identity";
import { type EnrollmentToken, ISSUER_ERRORS, type IssuerErrorCode } from "@florenetes/identity/authority";
import { EXIT_CODES, foreignText, OperatorError } from "@florenetes/operator-text";
import { FLOR_ERRORS } from "../error-codes.ts";
import { ANSWER_SIZE_MAX, HELD_MS, ISSUER_MS_MAX, LISTS_ANSWER_SIZE_MAX } from "../issuer/limits.ts";
import { attempt } from "./attempt.ts";
import { ISSUER_NAME } from "./issuer-name.ts";
import type { IssuerPlace } from "./renewal-config.ts";

/** Characters of what an issuer says that are shown. */
const SAID_LENGTH_MAX = 400;

/** Certificates of a chain that are looked at: the rules of chains refuse so many. */
const CHAIN_LOOK_MAX = 9;

type ErrorCode = Extract<
  keyof typeof FLOR_ERRORS,
  "ERR_FLOR_ISSUER_UNREACHABLE" | "ERR_FLOR_ISSUER_FALSE" | "ERR_FLOR_ISSUER_ANSWER"
>;

/**
 * Asks for the certificate that answers a request, and returns its chain as PEM; it is not checked. Rejects with an OperatorError,
 * whose code is the issuer's own where it has refused.
 */
export async function askForRenewal(place: IssuerPlace, shown: Credentials, wish: string): Promise<string> {
  const { chain } = await ask(place, "/renew", shown, wishOf(shown, wish));
  if (typeof chain === "string") return chain;
  throw issuerError("ERR_FLOR_ISSUER_ANSWER", "the issuer answers without a certificate");
}

/** Asks for it with a certificate that has ended. Rejects as `askForRenewal` does. */
export async function askAfterEnd(place: IssuerPlace, shown: Credentials, wish: string): Promise<string> {
  const { chain } = await ask(place, "/renew-ended", shown, wishOf(shown, wish));
  if (typeof chain === "string") return chain;
  throw issuerError("ERR_FLOR_ISSUER_ANSWER", "the issuer answers without a certificate");
}

/**
 * Errors of an issuer behind which another one may answer, the weightiest first: the word of the issuer that has made an ended certificate; of
 * any issuer; a fault on the way to one; and that it is another issuer's, which each of them says but one.
 */
const ELSEWHERE: readonly string[] = [
  "ERR_ISSUER_NODE",
  "ERR_ISSUER_BUSY",
  "ERR_FLOR_ISSUER_ANSWER",
  "ERR_FLOR_ISSUER_FALSE",
  "ERR_FLOR_ISSUER_UNREACHABLE",
  "ERR_ISSUER_ENDED",
] satisfies (ErrorCode | IssuerErrorCode)[];

/**
 * Asks one issuer after the other, until one gives an answer or refuses for all of them. Rejects with that refusal, or with the weightiest
 * error.
 */
export async function askInTurn<Answer>(
  places: readonly IssuerPlace[],
  question: (place: IssuerPlace) => Promise<Answer>,
): Promise<Answer> {
  const errors: OperatorError[] = [];
  for (const place of places) {
    const answer = await attempt(() => question(place));
    if (!(answer instanceof Error)) return answer;
    errors.push(answer as OperatorError);
    if (weightOf(answer as OperatorError) < 0) break;
  }
  throw errors.toSorted((one, other) => weightOf(one) - weightOf(other))[0]!;
}

/** The less, the weightier; below 0: it holds for all issuers. */
function weightOf({ code }: OperatorError): number {
  return ELSEWHERE.indexOf(code);
}

/** Proves new credentials at the issuer: a handshake with them works, and it would let them in. Rejects as `askForRenewal` does. */
export async function proveAt(place: IssuerPlace, shown: Credentials): Promise<void> {
  await ask(place, "/check", shown, wishOf(shown));
}

/** Asks for revocation lists, as PEM; none: an empty text. They are not checked. Rejects as `askForRenewal` does. */
export async function askForLists(place: IssuerPlace, shown: Credentials): Promise<string> {
  const { lists } = await ask(place, "/lists", shown, wishOf(shown), { sizeMax: LISTS_ANSWER_SIZE_MAX });
  if (typeof lists === "string") return lists;
  throw issuerError("ERR_FLOR_ISSUER_ANSWER", "the issuer answers without lists");
}

/**
 * Waits until the issuer has other lists than some that it has told, for as long as it lets a question wait; undefined: there are none.
 * Rejects as `askForRenewal` does, or with the reason of the signal.
 *
 * @param known SHA-256 of the lists, lower-case hex
 */
export async function waitForLists(
  place: IssuerPlace,
  shown: Credentials,
  known: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const bounds = { sizeMax: LISTS_ANSWER_SIZE_MAX, waitMs: HELD_MS + ISSUER_MS_MAX, signal };
  const { lists } = await ask(place, "/lists", shown, { ...wishOf(shown), known }, bounds);
  return typeof lists === "string" ? lists : undefined;
}

/**
 * Asks for the roots of the cluster, as PEM, before anything is known of the other end: it may be anybody, and is told nothing. Rejects as
 * `askForRenewal` does.
 */
export async function askForRoots(place: IssuerPlace): Promise<string> {
  const { roots } = await ask(place, "/roots", undefined, {});
  if (typeof roots === "string") return roots;
  throw issuerError("ERR_FLOR_ISSUER_ANSWER", "the issuer answers without roots");
}

/**
 * Asks for the first certificate of a principal with a token, once the other end has proven that it is the issuer of the cluster by the
 * token's root; returns the chain as PEM, not checked. Rejects as `askForRenewal` does.
 *
 * @param rootPem The root
 * @param wish A certificate request in PEM
 */
export async function askForFirst(
  place: IssuerPlace,
  { principal, secret }: EnrollmentToken,
  rootPem: string,
  wish: string,
): Promise<string> {
  const body = { secret: Buffer.from(secret).toString("base64url"), request: wish };
  const { chain } = await ask(place, "/enroll", { principal, trustBundlePem: rootPem }, body);
  if (typeof chain === "string") return chain;
  throw issuerError("ERR_FLOR_ISSUER_ANSWER", "the issuer answers without a certificate");
}

/** The trust by which the issuer is known, and the identity that asks; without one, the connection shows none. */
type Asker = Pick<Credentials, "principal" | "trustBundlePem"> &
  Partial<Pick<Credentials, "certificateChainPem" | "privateKeyPem">>;

interface AskBounds {
  readonly sizeMax?: number;
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

function wishOf({ certificateChainPem: chain }: Credentials, request = ""): Readonly<Record<string, string>> {
  return { chain, request };
}

/** @param asker Undefined: it does not matter who answers */
async function ask(
  place: IssuerPlace,
  path: string,
  asker: Asker | undefined,
  body: Readonly<Record<string, string>>,
  { sizeMax = ANSWER_SIZE_MAX, waitMs = ISSUER_MS_MAX, signal }: AskBounds = {},
): Promise<Readonly<Record<string, unknown>>> {
  const { host, port } = place;
  const way = await wayTo(place, asker);
  const timeout = AbortSignal.timeout(waitMs);
  return new Promise((done, fail) => {
    const outgoing = request({
      host,
      port,
      path,
      method: "POST",
      agent: false,
      ...(way && { socket: way }),
      minVersion: "TLSv1.3",
      cert: asker?.certificateChainPem,
      key: asker?.privateKeyPem && Buffer.from(asker.privateKeyPem),
      ca: asker?.trustBundlePem,
      // The certificate names no host: the principal is compared below, before anything is said.
      rejectUnauthorized: false,
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    });
    outgoing.once("error", (error: NodeJS.ErrnoException) => {
      if (signal?.aborted === true) fail(signal.reason as Error);
      else fail(error instanceof OperatorError ? error : unreachable(host, port, error, waitMs));
    });
    outgoing.once("socket", (socket) => {
      socket.once("secureConnect", () => {
        const problem = asker && findFalse(socket as TLSSocket, asker);
        if (problem !== undefined) outgoing.destroy(issuerError("ERR_FLOR_ISSUER_FALSE", problem));
        else outgoing.end(JSON.stringify(body));
      });
    });
    outgoing.once("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
        if (text.length > sizeMax) outgoing.destroy(issuerError("ERR_FLOR_ISSUER_ANSWER", "it says too much"));
      });
      response.once("error", fail);
      response.once("end", () => {
        const answer = readAnswer(response.statusCode ?? 0, text);
        if (answer instanceof OperatorError) fail(answer);
        else done(answer);
      });
    });
  });
}

/** A stream to the issuer through a neighbour's door; undefined: the address is the issuer's own. */
async function wayTo({ host, port, isDoor }: IssuerPlace, asker: Asker | undefined): Promise<Duplex | undefined> {
  if (isDoor !== true) return undefined;
  const { visit } = await import("./visit.ts");
  return visit({ host, port }, asker as Credentials).catch((error: Error) => {
    throw unreachable(host, port, error, ISSUER_MS_MAX);
  });
}

/** Why the other end is not the issuer of the cluster; undefined: it is. */
function findFalse(socket: TLSSocket, { principal, trustBundlePem }: Asker): string | undefined {
  const peer = judgePeer(
    shownChain(socket),
    { trustBundlePem, cluster: principal.cluster, kinds: ["service"], name: ISSUER_NAME },
    // Lists say nothing here: whatever it answers is checked by those of the folder.
    { revocations: new Revocations({ isRequired: false, graceMs: Infinity }), expiryGraceMs: 0 },
    { wall: new Date(), monotonic: 0 },
  );
  return "why" in peer ? peer.text : undefined;
}

/** The chain in DER that the other end of a connection has shown, leaf first. The library adds the root to it, which is left out. */
function shownChain(socket: TLSSocket): Uint8Array[] {
  const chain: Uint8Array[] = [];
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (next?.raw !== undefined && chain.length < CHAIN_LOOK_MAX) {
    const isRoot = next.issuerCertificate === next;
    if (!isRoot || chain.length === 0) chain.push(Uint8Array.from(next.raw));
    if (isRoot) break;
    next = next.issuerCertificate;
  }
  return chain;
}

function readAnswer(status: number, text: string): Readonly<Record<string, unknown>> | OperatorError {
  let body: Readonly<Record<string, unknown>>;
  try {
    body = Object(JSON.parse(text)) as Readonly<Record<string, unknown>>;
  } catch {
    return issuerError("ERR_FLOR_ISSUER_ANSWER", `the issuer answers ${status}, and no JSON`);
  }
  if (status === 200) return body;
  const { code, text: reason } = body;
  if (typeof code !== "string" || typeof reason !== "string" || !isIssuerCode(code)) {
    return issuerError("ERR_FLOR_ISSUER_ANSWER", `the issuer answers ${status}`);
  }
  const { advice } = ISSUER_ERRORS[code];
  return new OperatorError(code, foreignText(`the issuer refuses: ${reason}`, SAID_LENGTH_MAX), {
    advice,
    exitCode: EXIT_CODES.failed,
  });
}

function isIssuerCode(code: string): code is IssuerErrorCode {
  return Object.hasOwn(ISSUER_ERRORS, code);
}

function unreachable(host: string, port: number, error: NodeJS.ErrnoException, waitMs: number): OperatorError {
  const reason = error.code === "ABORT_ERR" ? `no answer within ${waitMs / 1_000} s` : error.message;
  return issuerError("ERR_FLOR_ISSUER_UNREACHABLE", `cannot ask the issuer at ${host}, port ${port}: ${reason}`);
}

export function issuerError(code: ErrorCode, message: string): OperatorError {
  const { advice } = FLOR_ERRORS[code];
  return new OperatorError(code, foreignText(message, SAID_LENGTH_MAX), { advice, exitCode: EXIT_CODES.failed });
}
