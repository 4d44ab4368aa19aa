/** A whole trace over one link, to a vertex that tells the truth or lies: questions and answers are packets, as on any link. */
import { formatPrincipal, judgePeer, Revocations } from "@florenetes/identity";
import { cursorOf, LABEL_OPERATIONS, FORWARDING_DROP_NAMES } from "@florenetes/forwarding";
import type { PeerJudge } from "@florenetes/portal-api";
import { expect, test } from "vitest";
import type { LinkStatusRow } from "../../src/connection/connection-status.ts";
import { LINK_NONE } from "../../src/forwarding/interfaces.ts";
import { nodeSealing } from "../../src/trace/drivers/sealing.ts";
import type { AnswerSigner } from "../../src/trace/trace-answers.ts";
import type { TraceReport } from "../../src/trace/trace-report.ts";
import { Traces } from "../../src/trace/traces.ts";
import { WEB } from "../forwarding/recorder.ts";
import { FakeVertex } from "./fake-vertex.ts";
import { authority, TestSigner } from "./signers.ts";
import { SlotMap } from "../../src/config/slot-map.ts";

const judge: PeerJudge = {
  generation: 1,
  judge: ({ chain }) => {
    const expected = { trustBundlePem: authority.certificatePem, cluster: "demo", kinds: ["vertex"] as const };
    const rules = { revocations: new Revocations({ isRequired: false, graceMs: 0 }), expiryGraceMs: 0 };
    const judged = judgePeer(chain, expected, rules, { wall: new Date(), monotonic: 0 });
    if ("why" in judged) return { code: judged.code, text: judged.text };
    const { principal } = judged;
    return { principal: formatPrincipal(principal), name: principal.name, goodUntil: 0, graceMs: 0 };
  },
};

/** Pings the vertex "relay", which signs its answers with that signer. */
async function pingWith(signer: AnswerSigner): Promise<TraceReport> {
  const vertex = new FakeVertex(false, signer);
  let now = 0;
  let count = 0;
  const due: (() => void)[] = [];
  const timers: { at: number; readonly call: () => void }[] = [];
  const path = { name: "p", link: 0, labels: [WEB], mtu: undefined };
  const traces: Traces = new Traces({
    config: () => ({ vertex: "home", paths: SlotMap.of([path]), tunnels: new SlotMap() }),
    routeOf: () => undefined,
    origin: {
      sendFromHere: (_, packet) => {
        const at = cursorOf(packet, 0);
        const cause = FORWARDING_DROP_NAMES.indexOf("operations");
        const question = { inLink: 0, outLink: LINK_NONE, cause, at, isGuessing: false, packet: packet.slice() };
        due.push(() => vertex.ask(LABEL_OPERATIONS, question));
        return true;
      },
      flush: () => {},
    },
    linkStatus: () => ({ name: "relay", peer: "relay", state: "up", mtu: 1_400 }) as LinkStatusRow,
    askService: () => undefined,
    time: {
      now: () => now,
      wallClock: () => new Date(1_000_000 + now),
      wakeUps: {
        soon: (call) => void due.push(call),
        timer: (call) => {
          const timer = { at: Infinity, call };
          timers.push(timer);
          return { set: (at) => void (timer.at = at), close: () => {} };
        },
      },
    },
    sealing: nodeSealing((size) => new Uint8Array(size).fill(++count)),
    judge,
    randomBytes: (size) => new Uint8Array(size).fill(++count),
  });
  const finished: TraceReport[] = [];
  const done = traces.run({ target: "p", rounds: 3, isPing: true }).then((report) => finished.push(report));
  for (let turns = 0; turns < 1_000 && finished.length === 0; turns++) {
    for (const call of due.splice(0)) call();
    for (const { packet } of vertex.sent.splice(0)) traces.handlePacket(packet, 0, packet.length);
    if (due.length === 0) {
      const timer = timers.reduce((first, other) => (other.at < first.at ? other : first));
      if (timer.at < Infinity) {
        now = Math.max(now + 1, timer.at);
        vertex.now = now;
        timer.at = Infinity;
        timer.call();
      }
    }
    await Promise.resolve();
  }
  await done;
  return finished[0]!;
}

test("a vertex that signs is proven, by its chain in parts", async () => {
  const { hops, text } = await pingWith(new TestSigner("relay"));
  expect(hops).toMatchObject([{ told: { vertex: "relay" }, proof: "signed", received: 3 }]);
  expect(text).toBe("the whole way is there");
});

test("a vertex with another name than it says is told", async () => {
  const { hops, outcome, text } = await pingWith(new TestSigner("mallory"));
  expect(hops).toMatchObject([{ proof: "forged" }]);
  expect([outcome, text]).toEqual([
    "broken",
    "somebody on the way lies: an answer that names relay is signed by mallory, at hop 1",
  ]);
});

test("a vertex that shows another one's chain is told", async () => {
  const [own, other] = [new TestSigner("mallory"), new TestSigner("relay")];
  const { chain, chainHash } = other.signOf(new Uint8Array(1));
  const { text } = await pingWith({
    sign: (_, content, onSigned) => onSigned({ ...own.signOf(content), chain, chainHash }),
    signingChain: () => chain,
  });
  expect(text).toBe("somebody on the way lies: an answer that names relay does not fit its signature, at hop 1");
});

test("a vertex that signs, and keeps its chain for itself, is not verified, and the trace ends", async () => {
  const signer = new TestSigner("relay");
  const { hops, text } = await pingWith({
    sign: (...parameters) => signer.sign(...parameters),
    signingChain: () => undefined,
  });
  expect(hops).toMatchObject([{ proof: "unverified", proofText: "its certificate has not come" }]);
  expect(text).toBe("the whole way is there");
});

test("a vertex that does not sign makes a claim", async () => {
  const { hops } = await pingWith({ sign: (_, __, onSigned) => onSigned(undefined), signingChain: () => undefined });
  expect(hops).toMatchObject([{ told: { vertex: "relay" }, proof: "unsigned" }]);
});
