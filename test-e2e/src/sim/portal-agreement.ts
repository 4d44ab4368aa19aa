import assert from "node:assert";
import { isDeepStrictEqual } from "node:util";
import type { ConnectionService } from "@florenetes/cluster-flor/src/connection/connection-service.ts";
import type { ClusterPortal } from "@florenetes/link-flor/src/portal/cluster-portal.ts";
import { keyText, type LinkKey } from "@florenetes/portal-api";

/**
 * How long the two sides of a portal may differ while nothing disturbs them, in milliseconds: a heartbeat finds a dead partner or shows
 * what was lost, the ports connect and both attach, or the news is told again.
 */
const AGREED_WITHIN_MS = 400;

/** Both sides of a portal, where they run undisturbed. */
export interface PortalSides {
  readonly connection: ConnectionService;
  readonly portal: ClusterPortal;
}

/** Holds the two sides of a portal to agreeing on every link soon after any disturbance. */
export class PortalAgreement {
  readonly #name: string;
  readonly #portal: number;
  /** The last time at which both sides were seen to agree, and the time before it. */
  #agreedAt = 0;
  #agreedBefore = 0;
  /** The time at which both sides were last seen disturbed, or in agreement. */
  #excusedAt: number;

  constructor(name: string, portal: number, now: number) {
    this.#excusedAt = now;
    this.#name = name;
    this.#portal = portal;
  }

  /** The last time of agreement whose messages have all arrived: both sides were seen to agree once more since then. */
  get agreedAt(): number {
    return this.#agreedBefore;
  }

  /** Looks at both sides; to be called often. @param sides undefined while one does not run or cannot hear the other. */
  look(sides: PortalSides | undefined, now: number): void {
    const differ = sides === undefined ? "" : this.#difference(sides, now);
    if (sides !== undefined && differ === "") {
      this.#agreedBefore = this.#agreedAt;
      this.#agreedAt = now;
    }
    if (differ === "") this.#excusedAt = now;
    const text = `the sides of ${this.#name} differ for more than ${AGREED_WITHIN_MS} ms: ${differ}`;
    assert(now - this.#excusedAt <= AGREED_WITHIN_MS, text);
  }

  /** The difference between the two sides in words; "": no difference. */
  #difference({ connection, portal }: PortalSides, now: number): string {
    const { state } = connection.status()[this.#portal]!;
    if (state !== "attached" || portal.state !== "attached") return `${state}, and ${portal.state}`;
    const told = new Map(portal.server.linkStatuses().map((status) => [keyText(status), shown(status)]));
    for (const row of connection.links.status(String, now)) {
      if (row.portal !== `${this.#portal}`) continue;
      const known = shown(row);
      const actual = told.get(keyText(row));
      if (!isDeepStrictEqual(known, actual)) return `${JSON.stringify(known)}, and ${JSON.stringify(actual)}`;
    }
    return "";
  }
}

interface Shown extends LinkKey {
  readonly state: string;
  readonly handle: number;
  readonly mtu: number;
  readonly preferredMtu: number;
  readonly isCongested: boolean;
}

/** The part of a link's state that both sides know. */
function shown({ peer, tag, state, handle, mtu, preferredMtu, isCongested }: Shown): Shown {
  return { peer, tag, state, handle, mtu, preferredMtu, isCongested };
}
