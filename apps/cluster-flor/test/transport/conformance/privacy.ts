/** Only the service that an originator wants learns who the originator is. */
import type { Credentials } from "@florenetes/identity";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Impostor, type ImpostorOptions } from "../mesh/impostor.ts";
import { issue, issueFor } from "../mesh/identities.ts";
import { type Pair, pair } from "../mesh/mesh.ts";
import { Client, Target, echo } from "../mesh/workloads.ts";
import type { TransportWorld } from "../worlds/world.ts";
import { describeInWorlds, type Suite } from "./suite.ts";

let world: TransportWorld;

const revoked = issue("service/web");

/** For each impostor: its name, the credentials that it holds, and what the originator says of it. */
const impostors: readonly (readonly [string, Credentials, string])[] = [
  ["a user's certificate", issue("user/mallory"), "UNKNOWN_SERVICE"],
  ["another service's", issue("service/mail"), "UNKNOWN_SERVICE"],
  ["a vertex's", issue("vertex/b"), "UNKNOWN_SERVICE"],
  ["another cluster's, of the same CA", issue("service/web", "cousin"), "WRONG_PRINCIPAL"],
  ["another CA's", issue("service/web", "stranger"), "HANDSHAKE_REFUSED"],
  ["one that has ended", issueFor("service/web", -3_600_000), "HANDSHAKE_REFUSED"],
  ["one that was revoked", revoked, "REVOKED"],
];

/** An impostor that this vertex turns away, and one that the engine's TLS library does. */
const ofEachJudge = impostors.filter(([who]) => who === "another service's" || who === "another CA's");

/** The moments at which an impostor steps in. */
const moments: readonly (readonly [string, ImpostorOptions, (scene: Pair) => unknown])[] = [
  ["from the first packet on", {}, nothing],
  ["with a Retry", { firstWord: "retry" }, nothing],
  ["with Version Negotiation", { firstWord: "version-negotiation" }, nothing],
  ["racing the true service", { isRacing: true }, nothing],
  ["when the originator renews its certificate", {}, ({ a }) => renewOriginator(a)],
  ["when the service asks for a renewal", {}, ({ b }) => renewService(b)],
  ["when the path has another size", {}, ({ a, link }) => resize(a, link)],
  ["when the service was restarted", {}, restartService],
];

function nothing(): void {}

async function restartService({ a, b }: Pair): Promise<void> {
  b.kill();
  await b.start();
  // The vertex hears of the restart by the answer to a packet.
  new Client(world, a.port()).socket.write("hello?");
}

function renewOriginator(a: Pair["a"]): void {
  a.transport.handleCredentials("user/alice", issue("user/alice"));
}

function renewService(b: Pair["b"]): void {
  b.transport.handleCredentials("service/web", issue("service/web"));
}

function resize(a: Pair["a"], link: Pair["link"]): void {
  link.preferredMtu = 1_419;
  a.transport.handleLinkSize(0);
}

export const privacy: Suite = describeInWorlds("who an originator is", ({ open, isReal }) => {
  beforeEach(() => void (world = open()));
  afterEach(() => world.close());

  describe.each(moments)("%s", (moment, options, begin) => {
    test.each(isReal ? ofEachJudge : impostors)(
      "whoever holds %s learns nothing",
      async (_who, credentials, reason) => {
        const target = await Target.listen(world, echo);
        const isWarm = options.firstWord === undefined && options.isRacing !== true && moment !== moments[0]![0];
        const paths = [{ name: "to-b", labels: [900], mtu: undefined }];
        const limits = { renewalPauseMs: 50, retryMsMax: 100 };
        const a = { paths, limits };
        const scene = await pair(world, target.address, { a, isCold: !isWarm, isCut: !isWarm, revoked: [revoked] });
        const impostor = new Impostor(world, scene.link, scene.a, credentials, options);
        scene.link.isCut = false;
        scene.a.transport.handleLinkUp(0);
        await begin(scene);
        await world.until(() => impostor.attempts >= 3);
        expect(impostor.certificatesSeen).toBe(0);
        if (isWarm) return;
        await world.until(() => scene.a.events.some((event) => event.code === "TRANSPORT_DOWN"));
        expect(scene.a.events.find(({ code }) => code === "TRANSPORT_DOWN")).toMatchObject({ reason, cause: "local" });
      },
    );
  });

  test("the service itself, with a key that is not pinned, hears that and nothing else", async () => {
    const target = await Target.listen(world, echo);
    const pins = { keys: new Map([["service/web", new Set(["00".repeat(32)])]]), bindAll: true };
    const { a, b } = await pair(world, target.address, { isCold: true, a: { pins } });
    await world.until(() => b.transport.status().services[0]!.handshakes["WRONG_KEY"] !== undefined);
    expect(b.events.find(({ code }) => code === "TRANSPORT_REFUSED")).toMatchObject({
      reason: "WRONG_KEY",
      cause: "peer",
    });
    await world.until(() => a.events.some(({ code }) => code === "TRANSPORT_DOWN"));
    expect(a.events.find(({ code }) => code === "TRANSPORT_DOWN")).toMatchObject({
      reason: "WRONG_KEY",
      cause: "local",
    });
    expect(JSON.stringify(b.events)).not.toContain("alice");
  });

  test("the service itself does, so that the tests above can fail", async () => {
    const target = await Target.listen(world, echo);
    const { a, link } = await pair(world, target.address, { isCold: true, isCut: true });
    const impostor = new Impostor(world, link, a, issue("service/web"), {});
    link.isCut = false;
    a.transport.handleLinkUp(0);
    await world.until(() => impostor.certificatesSeen > 0);
  });
});
