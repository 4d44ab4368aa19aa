import type { Credentials, PrincipalKind } from "@florenetes/identity";
import { IdentityError, formatShortPrincipal, verifyPeer } from "@florenetes/identity";
import { Code } from "./codes.ts";
import type { Refusal } from "./connection-role.ts";

const originators: readonly PrincipalKind[] = ["user", "service"];
const services: readonly PrincipalKind[] = ["service"];

/** Finds out whom a chain stands for, and counts the connections of each principal. */
export class Principals {
  readonly #cluster: string;
  readonly #wallClock: () => Date;
  readonly #max: number;
  readonly #counts = new Map<string, number>();

  /** @param max connections that one principal may have to this vertex. */
  constructor(cluster: string, wallClock: () => Date, max: number) {
    this.#cluster = cluster;
    this.#wallClock = wallClock;
    this.#max = max;
  }

  /** Whether an originator may be one; `own` is what the end that asks holds, whose roots count. */
  verifyOriginator(
    chain: readonly Uint8Array[],
    own: Pick<Credentials, "trustBundlePem">,
  ): { principal: string } | Refusal {
    return this.#verify(chain, { trustBundlePem: own.trustBundlePem, cluster: this.#cluster, kinds: originators });
  }

  /** Whether the far end is the service that was asked for. */
  verifyService(
    chain: readonly Uint8Array[],
    service: string,
    own: Pick<Credentials, "trustBundlePem">,
  ): Refusal | undefined {
    const verdict = this.#verify(chain, {
      trustBundlePem: own.trustBundlePem,
      cluster: this.#cluster,
      kinds: services,
      name: service,
    });
    return "principal" in verdict ? undefined : verdict;
  }

  enter(principal: string): boolean {
    const count = this.#counts.get(principal) ?? 0;
    if (count >= this.#max) return false;
    this.#counts.set(principal, count + 1);
    return true;
  }

  leave(principal: string): void {
    const count = this.#counts.get(principal) ?? 0;
    if (count > 1) this.#counts.set(principal, count - 1);
    else this.#counts.delete(principal);
  }

  #verify(chain: readonly Uint8Array[], expected: Parameters<typeof verifyPeer>[1]): { principal: string } | Refusal {
    try {
      return { principal: formatShortPrincipal(verifyPeer(chain, expected, this.#wallClock()).principal) };
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      const isOther = error.code === "ERR_IDENTITY_WRONG_NAME" || error.code === "ERR_IDENTITY_WRONG_KIND";
      // A service that is not the expected one is what its operator calls an unknown service.
      const code = isOther && expected.name !== undefined ? Code.unknownService : Code.wrongPrincipal;
      // Only the code goes to the other side; the text is for the log on this one.
      return { code, reason: error.code, text: error.message };
    }
  }
}
