import type { NativeCluster } from "@florenetes/data-plane";
import { describe, expect, test } from "vitest";
import { LaneTransport } from "../../../src/data-plane/native/drivers/lane-transport.ts";

const serving = { flowIdleMs: undefined, tellsPrincipal: false, isStopped: false };
const SERVICE = 7;

/** A transport, and the answers that it gives to questions for names. */
function openTransport() {
  const answers: unknown[][] = [];
  const native = {
    setService: () => {},
    setOwnService: () => {},
    forgetService: () => {},
    resolved: (...answer: unknown[]) => void answers.push(answer),
  } as unknown as NativeCluster;
  const recent = {} as never;
  return { transport: new LaneTransport(native, { recent, workloadsMax: 1, soon: (call) => call() }), answers };
}

describe("the thread asks for the addresses of a target, and", () => {
  test("hears them, or why there are none", async () => {
    const { transport, answers } = openTransport();
    transport.setService(SERVICE, { kind: "tcp", host: "localhost", port: 80 }, serving);
    await transport.resolve(SERVICE);
    expect(answers).toEqual([[SERVICE, expect.arrayContaining(["127.0.0.1"]), 80, ""]]);
    transport.setService(SERVICE, { kind: "udp", host: "no-host.invalid", port: 53 }, serving);
    await transport.resolve(SERVICE);
    expect(answers[1]).toEqual([SERVICE, [], 53, expect.stringMatching(/^udp:\/\/no-host\.invalid:53: E/)]);
  });

  test("hears those of the next target, where a reload comes before the answer", async () => {
    const { transport, answers } = openTransport();
    transport.setService(SERVICE, { kind: "tcp", host: "no-host.invalid", port: 80 }, serving);
    const resolved = transport.resolve(SERVICE);
    transport.setService(SERVICE, { kind: "tcp", host: "127.0.0.1", port: 81 }, serving);
    await resolved;
    expect(answers).toEqual([[SERVICE, ["127.0.0.1"], 81, ""]]);
  });

  test("is answered in any case, or it would never ask again", async () => {
    const { transport, answers } = openTransport();
    transport.setService(SERVICE, { kind: "tcp", host: "no-host.invalid", port: 80 }, serving);
    const resolved = transport.resolve(SERVICE);
    transport.setOwnService(SERVICE, serving);
    await resolved;
    expect(answers).toEqual([[SERVICE, [], 0, "the service has another target now, which has no name"]]);
  });

  test("is not answered about a service that is gone, whose number may be another's", async () => {
    const { transport, answers } = openTransport();
    transport.setService(SERVICE, { kind: "tcp", host: "no-host.invalid", port: 80 }, serving);
    const resolved = transport.resolve(SERVICE);
    transport.forgetService(SERVICE);
    await resolved;
    expect(answers).toEqual([]);
  });
});
