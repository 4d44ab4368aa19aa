/**
 * Identities of simulated meshes, and the verification of their chains. Both cost more than the rest of a small simulation, so
 * each identity is made once, and each chain verified once, for all simulations that a program runs.
 */

import { type Pins, Revocations } from "@florenetes/identity";
import { type IssuedIdentity, issueIdentity, makeAuthority } from "@florenetes/identity/authority";
import { endpointIdentity } from "@florenetes/link-flor/src/quic-link/endpoint-identity.ts";
import type { EndpointIdentity } from "@florenetes/link-flor/src/quic-link/endpoint-options.ts";
import { chainVerifier, type VerifyChain } from "@florenetes/quic/simulated";

/** The wall clock's time at the beginning of a simulation. */
export const startedAt = new Date();

const clocks = { wall: startedAt, monotonic: 0 };
const authority = makeAuthority({ cluster: "sim", algorithm: "ed25519" }, startedAt);
/** Revocations that name nobody. */
export const revocations = new Revocations({ isRequired: false, graceMs: 0 });

export const identityOf = once(
  (kind: "vertex" | "user" | "service", name: string) => `${kind}/${name}`,
  (kind, name): IssuedIdentity => issueIdentity(authority, { kind, name, algorithm: "ed25519" }, startedAt),
);

const verify = chainVerifier(() => startedAt.getTime());
export const verifyChain: VerifyChain = once(
  (chain: readonly Uint8Array[], trustBundlePem: string) => `${textOf(chain)} ${trustBundlePem}`,
  // Nothing ends while a simulation runs.
  (chain, trustBundlePem) => verify(chain, trustBundlePem, 0),
);

/** The identity by which the endpoint of a vertex proves itself and judges its peers. */
export const endpointIdentityOf = once(
  (vertex: string) => vertex,
  (vertex): EndpointIdentity => {
    const scope = { cluster: "sim", revocations, expiryGraceMs: 0, endedDoor: undefined };
    const identity = endpointIdentity(scope, identityOf("vertex", vertex), () => clocks);
    return {
      ...identity,
      verifyPeer: once(
        (chain: readonly Uint8Array[], name: string | undefined, _pins: Pins) => `${textOf(chain)} ${name}`,
        (chain, name, pins) => identity.verifyPeer(chain, name, pins),
      ),
    };
  },
);

/** A function that works out each of its results once. */
function once<Arguments extends readonly unknown[], Result>(
  keyOf: (...values: Arguments) => string,
  make: (...values: Arguments) => Result,
): (...values: Arguments) => Result {
  const known = new Map<string, Result>();
  return (...values) => {
    const key = keyOf(...values);
    if (!known.has(key)) known.set(key, make(...values));
    return known.get(key)!;
  };
}

function textOf(chain: readonly Uint8Array[]): string {
  return chain.map((der) => Buffer.from(der).toString("latin1")).join();
}
