import { describe, expect, test } from "vitest";
import { ServiceGrant } from "../../src/transport/services/service-grant.ts";
import type { ServiceEnd } from "../../src/transport/services/service-end.ts";
import { ServiceGrants } from "../../src/transport/service-grants.ts";

/** Services whose ends are written down, with both clocks in the hands of the test: `boot` goes on while the machine is suspended. */
function start(names: readonly string[]) {
  const clocks = { now: 1_000, boot: 50_000, read: 0 };
  const bootNow = (): number => {
    clocks.read++;
    return clocks.boot;
  };
  const ended: string[] = [];
  const told: (readonly [string, number])[] = [];
  const services = names.map((name) => {
    const grant = new ServiceGrant(bootNow);
    const setGrant = (until: number): void => {
      if (grant.set(until)) told.push([name, until]);
    };
    const endGrant = (): void => {
      grant.close();
      ended.push(name);
    };
    return { config: { name }, grant, setGrant, endGrant };
  });
  const timers: number[] = [];
  let fire = (): void => {};
  const timer = (call: () => void) => {
    fire = call;
    return { set: (at: number) => void timers.push(at), close: () => {} };
  };
  const grants = new ServiceGrants({
    services: () => services as unknown as Iterable<ServiceEnd>,
    now: () => clocks.now,
    bootNow,
    wakeUps: { soon: () => {}, timer },
  });
  const pass = (ms: number): void => {
    clocks.now += ms;
    clocks.boot += ms;
  };
  return { clocks, services, grants, ended, told, timers, pass, fire: () => fire() };
}

describe("grants of services", () => {
  test("a service without a leader needs none, and no clock is read for it", () => {
    const { grants, services, ended, clocks } = start(["web"]);
    grants.set(new Map());
    grants.check();
    expect([services[0]!.grant.isInForce, services[0]!.grant.until, services[0]!.grant.leftMs]).toEqual([
      true,
      undefined,
      null,
    ]);
    expect([ended, clocks.read, [...grants.status()]]).toEqual([[], 0, []]);
  });

  test("one with a leader is served while its grant is in force", () => {
    const { grants, services, ended, told, pass, timers } = start(["web", "db"]);
    const [web] = services;
    web!.grant.require(true);
    grants.handleServices();
    expect([web!.grant.isInForce, ended]).toEqual([false, ["web"]]);
    grants.set(new Map([["web", 52_000]]));
    expect([web!.grant.isInForce, web!.grant.leftMs, told]).toEqual([true, 2_000, [["web", 52_000]]]);
    pass(1_999);
    grants.check();
    expect([web!.grant.isInForce, ended.length]).toEqual([true, 1]);
    pass(1);
    expect(web!.grant.isInForce).toBe(false);
    grants.check();
    grants.check();
    expect(ended).toEqual(["web", "web"]);
    expect([...grants.status()]).toEqual([{ service: "web", until: 0 }]);
    expect(timers.at(-1)).toBe(2_000);
  });

  test("a renewal goes on without an end; a grant that is taken back ends at once", () => {
    const { grants, services, ended, pass } = start(["web"]);
    services[0]!.grant.require(true);
    grants.set(new Map([["web", 52_000]]));
    pass(1_500);
    grants.set(new Map([["web", 55_000]]));
    pass(1_500);
    grants.check();
    expect(ended).toEqual([]);
    grants.set(new Map());
    expect([ended, services[0]!.grant.isInForce]).toEqual([["web"], false]);
  });

  test("a machine that was suspended finds its grants ended at the first look", () => {
    const { grants, services, ended, clocks, fire } = start(["web"]);
    services[0]!.grant.require(true);
    grants.set(new Map([["web", 58_000]]));
    clocks.boot += 3_600_000;
    expect(services[0]!.grant.isInForce).toBe(false);
    fire();
    expect(ended).toEqual(["web"]);
  });

  test("a service that gets a leader by another config loses the streams that it has", () => {
    const { grants, services, ended } = start(["web"]);
    grants.set(new Map());
    expect(ended).toEqual([]);
    services[0]!.grant.require(true);
    grants.handleServices();
    expect(ended).toEqual(["web"]);
    services[0]!.grant.require(false);
    expect(services[0]!.grant.isInForce).toBe(true);
  });
});
