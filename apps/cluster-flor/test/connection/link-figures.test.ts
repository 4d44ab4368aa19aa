import type { LinkStats } from "@florenetes/portal-api";
import { expect, test } from "vitest";
import { LinkHistory } from "../../src/connection/link-figures.ts";

function told(seconds: number, over: Partial<LinkStats> = {}): LinkStats {
  return {
    peer: "b",
    tag: "0",
    rttMs: 10 + seconds,
    packetsSent: 100 * seconds,
    packetsReceived: 50 * seconds,
    bytesSent: 125_000 * seconds,
    bytesReceived: 1_000 * seconds,
    packetsLost: seconds,
    packetsDropped: 0,
    queueLength: 2,
    ...over,
  };
}

test("nothing is known before the first report, and no rates before the second", () => {
  const history = new LinkHistory();
  expect(history.figures(0)).toBeNull();
  history.handleStats(told(1), 1_000);
  expect(history.figures(1_250)).toEqual({
    rttMs: 11,
    packetsLost: 1,
    lossRatio: null,
    sentBitsPerSecond: 0,
    receivedBitsPerSecond: 0,
    queueLength: 2,
    packetsDropped: 0,
    peerAddress: null,
    toldMsAgo: 250,
  });
});

test("rates and losses are those of the last ten seconds", () => {
  const history = new LinkHistory();
  for (let second = 0; second <= 100; second++) {
    // A burst at the beginning is forgotten.
    history.handleStats(told(second, second === 0 ? { bytesSent: 0 } : {}), second * 1_000);
  }
  expect(history.figures(100_000)).toMatchObject({
    sentBitsPerSecond: 1_000_000,
    receivedBitsPerSecond: 8_000,
    lossRatio: 0.01,
    packetsLost: 100,
  });
});

test("a peer is seen where the last report says, until the link is down", () => {
  const history = new LinkHistory();
  history.handleStats(told(1, { peerAddress: "udp://192.0.2.7:4433" }), 1_000);
  history.handleStats(told(2, { peerAddress: "udp://192.0.2.8:4433" }), 2_000);
  expect(history.figures(2_000)?.peerAddress).toBe("udp://192.0.2.8:4433");
  history.clear();
  expect(history.peerAddress).toBeNull();
});

test("another session counts anew, and one that ends is forgotten", () => {
  const history = new LinkHistory();
  history.handleStats(told(50), 50_000);
  history.handleStats(told(1), 51_000);
  expect(history.figures(51_000)).toMatchObject({ sentBitsPerSecond: 0, packetsLost: 1 });
  history.handleStats(told(2), 52_000);
  expect(history.figures(52_000)).toMatchObject({ sentBitsPerSecond: 1_000_000 });
  history.clear();
  expect(history.figures(52_000)).toBeNull();
});

test("more packets of the link protocol may be lost than packets were sent", () => {
  const history = new LinkHistory();
  history.handleStats(told(1), 1_000);
  history.handleStats(told(2, { packetsLost: 9_999 }), 2_000);
  expect(history.figures(2_000)!.lossRatio).toBe(1);
  history.handleStats(told(2, { packetsLost: 9_999 }), 2_000);
  expect(history.figures(2_000)!.lossRatio).toBe(1);
});

test("jitter is the mean step of the round trip, and 0 before there are two", () => {
  const history = new LinkHistory();
  expect(history.jitterMs).toBe(0);
  for (const [second, rttMs] of [10, 14, 12, 12].entries())
    history.handleStats(told(second, { rttMs }), second * 1_000);
  expect(history.jitterMs).toBe(2);
});
