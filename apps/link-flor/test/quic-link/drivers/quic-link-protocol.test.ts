import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Revocations } from "@florenetes/identity";
import { LINK_NONE } from "@florenetes/forwarding";
import { quicheEngine } from "@florenetes/quic/portable";
import { nodeTime } from "@florenetes/scheduling";
import { expect, onTestFinished, test, vi } from "vitest";
import type { ClusterLinks, LinkObserver } from "../../../src/link-protocol.ts";
import { quicLinkProtocol } from "../../../src/quic-link/drivers/quic-link-protocol.ts";
import { portableCluster } from "../../../src/data-plane/portable/drivers/portable-data-plane.ts";
import { credentialsOf, Identities } from "../identities.ts";

const room = 3;
type Call = Exclude<keyof ClusterLinks, "listening" | "handshakes" | "attempts" | "traffic" | "drops">;

/** The links of one vertex on loopback, with a note of the calls inside which their observer was called. */
async function open(name: string, identities: Identities) {
  const folder = mkdtempSync(join(tmpdir(), "flor-links-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  let inside: Call | undefined;
  const calledInside = new Set<Call>();
  const heard = { handle: 0, packets: 0 };
  const note = (): void => {
    if (inside !== undefined) calledInside.add(inside);
  };
  const observer: LinkObserver = {
    onStatus: ({ handle }) => {
      note();
      heard.handle = handle;
    },
    onOfferFailed: note,
    onKnock: note,
    onPacket: () => {
      note();
      heard.packets++;
    },
    onPacketsEnd: note,
  };
  const instance = { startedAt: Date.now(), id: "0123456789abcdef" };
  const links = await quicLinkProtocol({
    instance,
    engine: quicheEngine,
    time: nodeTime,
  }).open(
    {
      cluster: "demo",
      listen: { host: "127.0.0.1", port: 0 },
      credentials: credentialsOf(identities.issue(name)),
      revocations: new Revocations({ isRequired: false, graceMs: 0 }),
      plane: portableCluster,
      knownAddressesFile: join(folder, "known"),
      settings: () => ({
        udpPayloadMax: undefined,
        deadAfterMs: 10_000,
        quietSeconds: 0,
        expiryGraceMs: 0,
        endedDoor: undefined,
      }),
    },
    observer,
  );
  onTestFinished(() => links.close());
  const call = <Name extends Call>(which: Name, ...args: Parameters<ClusterLinks[Name]>): void => {
    inside = which;
    (links[which] as (...all: Parameters<ClusterLinks[Name]>) => unknown)(...args);
    inside = undefined;
  };
  return { links, heard, calledInside, call };
}

test("an observer is called inside flush and close, and inside no other call", async () => {
  const identities = new Identities();
  const [a, b] = [await open("a", identities), await open("b", identities)];
  b.call("want", { peer: "a", tag: "0", role: "acceptor", endpoint: "" });
  a.call("want", { peer: "b", tag: "0", role: "originator", endpoint: b.links.listening });
  await vi.waitFor(() => expect(Math.min(a.heard.handle, b.heard.handle)).toBeGreaterThan(0), { timeout: 10_000 });

  const packet = new Uint8Array(room + 100);
  a.call("send", a.heard.handle, packet, room, packet.length, LINK_NONE);
  a.call("flush");
  await vi.waitFor(() => expect(b.heard.packets).toBe(1), { timeout: 10_000 });
  a.call("handleRevocations");
  a.call("handleCredentials", credentialsOf(identities.issue("a")));
  a.call("stats");
  a.call("rows");
  b.call("unwantAll", "vertexGone");
  a.call("unwant", { peer: "b", tag: "0" }, "closed");
  a.call("close");
  b.call("close");
  await Promise.all([a.links.close(), b.links.close()]);

  expect(a.calledInside).toEqual(new Set(["flush", "close"]));
  expect(b.calledInside).toEqual(new Set(["close"]));
});
