/** The judgement of certificates in the life of sessions: which sessions end, and for what reason. */
import { type PeerProof, Revocations, Term } from "@florenetes/identity";
import { PeerPins } from "@florenetes/portal-api";
import { expect, test } from "vitest";
import type { EndpointIdentity } from "../../../src/quic-link/endpoint-options.ts";
import type { SessionSlot } from "../../../src/quic-link/links/session-slot.ts";
import type { WantedLinks } from "../../../src/quic-link/links/wanted-links.ts";
import { Judgement } from "../../../src/quic-link/peers/judgement.ts";
import { type Reason, reasons, type Verdict } from "../../../src/quic-link/reasons.ts";

const at = new Date("2026-06-01T00:00:00Z");
const revocations = new Revocations({ isRequired: false, graceMs: 0 });
const serials = new Set(["revoked"]);
const list = { issuer: "ca", issuerName: "CN=ca", number: 1n, thisUpdate: at, nextUpdate: at, der: new Uint8Array() };
revocations.put({ ...list, serials });

function proof(state: "good" | "ended" | "revoked"): PeerProof & { readonly name: string } {
  const until = new Date(at.getTime() + (state === "ended" ? -1 : 1) * 60_000);
  const term = new Term(until, 0, undefined);
  return { certificates: [{ issuer: "ca", serial: state }], term, keyHash: "key", name: "b" };
}

interface Case {
  readonly own: "good" | "ended" | "revoked";
  readonly peer?: "good" | "ended" | "revoked";
  readonly isReplaced?: boolean;
  readonly state?: string;
  readonly pinned?: readonly string[];
  readonly reason: Reason | undefined;
}
const cases: readonly Case[] = [
  { own: "good", peer: "good", reason: undefined },
  { own: "good", reason: undefined },
  { own: "good", peer: "ended", reason: reasons.expired },
  { own: "ended", peer: "good", reason: reasons.ownExpired },
  { own: "ended", reason: reasons.ownExpired },
  { own: "good", peer: "revoked", reason: reasons.revoked },
  { own: "revoked", peer: "good", reason: reasons.ownRevoked },
  { own: "revoked", peer: "ended", reason: reasons.ownRevoked },
  { own: "good", peer: "ended", isReplaced: true, reason: undefined },
  { own: "ended", peer: "good", isReplaced: true, reason: undefined },
  { own: "good", peer: "revoked", isReplaced: true, reason: reasons.revoked },
  { own: "revoked", peer: "good", isReplaced: true, reason: reasons.ownRevoked },
  { own: "revoked", peer: "revoked", state: "closed", reason: undefined },
  { own: "good", peer: "good", pinned: ["other", "key"], reason: undefined },
  { own: "good", peer: "good", pinned: ["other"], reason: reasons.wrongKey },
  { own: "good", peer: "good", pinned: [], reason: reasons.wrongKey },
  { own: "good", pinned: ["other"], reason: undefined },
  { own: "good", peer: "good", pinned: ["other"], isReplaced: true, reason: reasons.wrongKey },
  { own: "good", peer: "ended", pinned: ["other"], reason: reasons.wrongKey },
  { own: "good", peer: "revoked", pinned: ["other"], reason: reasons.revoked },
];

test.each(cases)("our $own and their $peer certificate, replaced: $isReplaced, $state, pinned: $pinned", (each) => {
  const verdicts: Verdict[] = [];
  const own = proof(each.own);
  const session = { state: each.state ?? "up", peer: each.peer && proof(each.peer) };
  const slot = {
    session,
    identity: own,
    isReplaced: each.isReplaced === true,
    close: (why: Verdict) => verdicts.push(why),
  };
  const ownRefusals: (Verdict | undefined)[] = [];
  const pins = new PeerPins();
  pins.set({ peer: "b", tag: "0" }, each.pinned && new Set(each.pinned));
  const judgement = new Judgement(
    {
      revocations,
      sessions: [slot as unknown as SessionSlot],
      links: { handleOwnRefusal: (why: Verdict | undefined) => ownRefusals.push(why), pins } as unknown as WantedLinks,
      wallClock: () => at,
    },
    0,
  );
  judgement.judge(own as unknown as EndpointIdentity, 0);
  expect(verdicts.map(({ reason }) => reason)).toEqual(each.reason === undefined ? [] : [each.reason]);
  const ofOwn = { good: undefined, ended: reasons.ownExpired, revoked: reasons.ownRevoked }[each.own];
  expect(ownRefusals.map((why) => why?.reason)).toEqual([ofOwn]);
});
