import { slotOf, TrafficClass } from "@florenetes/forwarding";
import { runs } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import type { ClusterConfig } from "../../src/config/cluster-config.ts";
import { parseClusterConfig } from "../../src/config/cluster-config-file.ts";
import { layOver } from "../../src/config/lay-over.ts";
import { NO_OVERLAY, type Overlay } from "../../src/config/overlay.ts";
import { ConfigNumbers } from "../../src/config/running-config.ts";
import { GOOD } from "../config/config-cases.ts";

const FABRIC = `\
  - { listen: "tcp://127.0.0.1:18081", as: id/alice, service: mail, path: auto }
sessions:
  - { listen: "unix:mesh.sock", as: id/alice, services: { mail: { path: auto }, web: { path: to-d } } }
fabric:
  door: door.sock
  sessions: fabric.sock
  owner: "1000:1000"
  identity: id/fabric
  agent: "session+unix:agent.sock"
`;
const NOW = 1_000_000;
const UNTIL = NOW + 1_000;

const read = (text: string): ClusterConfig => parseClusterConfig(text, "/etc/demo/b.yaml");
const file = read(GOOD + FABRIC);

function overlay(more: Partial<Overlay> = {}): Overlay {
  const to = (host: string, link: string) => ({ name: `auto.mail.${host}`, link, labels: [900], until: UNTIL });
  const paths = [to("a", "a"), to("c", "c"), { name: "auto.mail.b", labels: [900], until: UNTIL }];
  const leads = [{ service: "mail", path: "auto.mail.a", next: "auto.mail.c", until: UNTIL }];
  return { paths, leads, pins: new Map([["service/mail", new Set(["00"])]]), ...more };
}

/** The names of the paths of all tunnels and services of sessions. */
function ways(laid: ReturnType<typeof layOver>): (string | undefined)[] {
  const { tunnels, sessions, paths } = laid.config;
  const users = [...tunnels, ...sessions.flatMap(({ services }) => services)];
  return users.map(({ path }) => paths[path]?.name);
}

describe("without the key `fabric`", () => {
  test("a config stays as it is, whatever is overlaid", () => {
    const plain = read(GOOD);
    const { config, leftOut } = layOver(plain, overlay(), NOW);
    const { leads, pins, ...rest } = config;
    expect(rest).toEqual(plain);
    expect({ leads, pins, leftOut }).toEqual({ leads: [], pins: { keys: new Map(), bindAll: false }, leftOut: [] });
  });

  test("`path: auto` is the path of that name, or none", () => {
    const auto = GOOD.replace("path: to-d }", "path: auto }");
    expect(() => read(auto)).toThrow(/there is no path "auto"/);
    expect(read(auto.replace("  here:", "  auto: { link: c, labels: [ 900 ] }\n  here:")).tunnels[0]!.path).toBe(1);
  });
});

describe("with an agent", () => {
  test("the agent's socket is none of this vertex: it would bring itself what neighbours say", () => {
    for (const own of ["door.sock", "fabric.sock", "./mesh.sock"]) {
      const text = GOOD + FABRIC.replace("session+unix:agent.sock", `session+unix:${own}`);
      expect(() => read(text), own).toThrow(/the socket of line \d+ has this path/);
    }
  });

  test("its sessions are for `owner`, and for the group only where `mode` lets it in", () => {
    const allowed = (text: string) => layOver(read(GOOD + text), NO_OVERLAY, NOW).config.sessions.at(-1)!.allow;
    expect(allowed(FABRIC)).toMatchObject({ users: expect.arrayContaining([0, 1000]), groups: [] });
    expect(allowed(FABRIC.replace("  identity", '  mode: "0600"\n  identity'))).toMatchObject({ groups: [] });
    expect(allowed(FABRIC.replace("  identity", '  mode: "0660"\n  identity'))).toMatchObject({ groups: [1000] });
  });

  test("the vertex serves it at label 3 for its neighbours' agents alone, in the class control alone", () => {
    const { services } = layOver(file, NO_OVERLAY, NOW).config;
    expect(services.at(-1)).toEqual({
      name: "fabric.b",
      label: 3,
      identity: "/etc/demo/id/fabric",
      target: { kind: "session", path: "/etc/demo/agent.sock" },
      tellsPrincipal: false,
      allow: ["service/fabric.a", "service/fabric.c"],
      classes: new Set([TrafficClass.control]),
      isOverlay: true,
    });
  });

  test("a socket leads the agent to the one behind each link", () => {
    const laid = layOver(file, NO_OVERLAY, NOW);
    const socket = laid.config.sessions.at(-1)!;
    expect(socket).toMatchObject({ listen: "/etc/demo/fabric.sock", as: "/etc/demo/id/fabric", takesControl: true });
    expect(socket.allow.users).toContain(1000);
    expect(socket.services.map(({ name, service }) => [name, service])).toEqual([
      ["a", "fabric.a"],
      ["c", "fabric.c"],
    ]);
    const paths = socket.services.map(({ path }) => laid.config.paths[path]);
    expect(paths).toMatchObject([
      { link: 0, labels: [3] },
      { link: 1, labels: [3] },
    ]);
  });

  test("what is led nowhere has a path over which nothing is connected, one for each service", () => {
    const laid = layOver(file, NO_OVERLAY, NOW);
    expect(ways(laid).slice(0, 5)).toEqual(["to-d", "here", "auto:mail", "auto:mail", "to-d"]);
    expect(laid.config.paths.find(({ name }) => name === "auto:mail")!.problem).toMatch(
      /no host of service mail is known/,
    );
  });

  test("a lead has tunnels and sessions take its path, and pins are those of the overlay", () => {
    const laid = layOver(file, overlay(), NOW);
    expect(ways(laid).slice(0, 5)).toEqual(["to-d", "here", "auto.mail.a", "auto.mail.a", "to-d"]);
    const { path, next } = laid.config.leads![0]!;
    expect([laid.config.paths[path!]!.name, laid.config.paths[next!]!.name]).toEqual(["auto.mail.a", "auto.mail.c"]);
    expect(laid.config.pins).toEqual({ keys: overlay().pins, bindAll: false });
    expect(layOver(read(`${GOOD}${FABRIC}  pins: all\n`), overlay(), NOW).config.pins.bindAll).toBe(true);
    expect(laid.leftOut).toEqual([]);
  });

  test("a service that is wanted by an alias has to prove its own name", () => {
    const leads = [{ service: "mail", proves: "post", path: "auto.mail.a", until: UNTIL }];
    const { tunnels, sessions } = layOver(file, overlay({ leads }), NOW).config;
    const led = { service: "post", auto: "mail" };
    expect([tunnels[2], sessions[0]!.services[0]]).toMatchObject([led, { name: "mail", ...led }]);
  });

  test("what has ended is passed over, and not told", () => {
    const laid = layOver(file, overlay(), UNTIL);
    expect(ways(laid)[2]).toBe("auto:mail");
    expect(laid.leftOut).toEqual([]);
  });

  test("routes of a path are those that have not ended, over links that are there", () => {
    const over = (link: string, more: object = {}) => {
      return { link, labels: [203, 900], via: [link, "d"], until: UNTIL, ...more };
    };
    const path = (...routes: ReturnType<typeof over>[]) => ({ name: "auto.mail.d", until: UNTIL, routes });
    const laid = (...routes: ReturnType<typeof over>[]) => {
      const { config, leftOut } = layOver(file, { ...NO_OVERLAY, paths: [path(...routes)] }, NOW);
      return { leftOut, found: config.paths.find(({ name }) => name === "auto.mail.d") };
    };
    const bulk = { avoid: { why: "capacity_limited", classes: ["bulk"] } };
    const { found, leftOut } = laid(over("a", { until: NOW }), over("z"), over("c", bulk));
    const avoid = { why: "capacity_limited", classes: new Set([TrafficClass.bulk]) };
    expect(found).toMatchObject({ link: 1, labels: [203, 900], isOverlay: true });
    expect(found!.routes).toEqual([{ link: 1, labels: [203, 900], name: "c>d", avoid }]);
    expect(leftOut).toEqual([{ what: "route z>d of path auto.mail.d", why: "there is no link z" }]);
    const twins = laid(over("a"), over("c", { via: ["a", "d"] }), over("c", { labels: [204, 900] })).found!.routes!;
    expect(twins.map(({ name }) => name)).toEqual(["a>d (a 203 900)", "a>d (c 203 900)", "c>d"]);
    expect(laid(over("a", { until: NOW })).found, "no route is left").toBe(undefined);
    expect(laid(over("a", { avoid: { why: "fenced" } })).found, "none that may be used").toBe(undefined);
    const numbered = new ConfigNumbers().place(layOver(file, { ...NO_OVERLAY, paths: [path(over("c"))] }, NOW).config);
    const running = [...numbered.paths.values()].find(({ name }) => name === "auto.mail.d")!;
    expect(numbered.links.get(running.routes![0]!.link)!.name).toBe("c");
  });

  test("a path with one way alone has it as its only route, and one to this vertex has none", () => {
    const routesOf = (way: { readonly link?: string; readonly labels: readonly number[] }) => {
      const paths = [{ name: "auto.mail.d", until: UNTIL, ...way }];
      const laid = layOver(file, { ...NO_OVERLAY, paths }, NOW).config.paths.find(
        ({ name }) => name === "auto.mail.d",
      )!;
      const { link, labels, routes } = laid;
      expect(routes?.map((route) => [route.link, route.labels]) ?? [[undefined, way.labels]]).toEqual([[link, labels]]);
      return routes?.map(({ name }) => name);
    };
    expect(routesOf({ link: "c", labels: [900] })).toEqual(["c"]);
    expect(routesOf({ link: "c", labels: [203, 900] })).toEqual(["c (203 900)"]);
    expect(routesOf({ labels: [900] })).toBeUndefined();
  });

  test("the file wins: names that it has, and links that it does not have, are left out and told", () => {
    const text = `${GOOD}${FABRIC}`
      .replace("  here:", "  auto.mail.c: { link: a, labels: [ 77 ] }\n  here:")
      .replace(
        "services:\n",
        `services:\n  fabric.b: { label: 901, identity: i, target: "tcp://127.0.0.1:1", allow: [ user/x ] }\n`,
      );
    const more = { name: "auto.mail.z", link: "z", labels: [900], until: UNTIL };
    const laid = layOver(read(text), overlay({ paths: [...overlay().paths, more] }), NOW);
    expect(laid.leftOut).toEqual([
      { what: "path auto.mail.c", why: "the config file has a path of that name" },
      { what: "path auto.mail.z", why: "there is no link z" },
      { what: "lead mail", why: "the overlay has no path auto.mail.c that could be used" },
      { what: "service fabric.b", why: "the config file has a service of that name" },
    ]);
    expect(ways(laid)[2]).toBe("auto:mail");
    expect(laid.config.paths.filter(({ name }) => name === "auto.mail.c")).toMatchObject([{ labels: [77] }]);
  });

  test("numbers of what comes and goes are used again: very many paths in one life, none with the number of one beside it", () => {
    const numbers = new ConfigNumbers();
    const leads = [{ service: "mail", path: "auto.mail.stays", until: UNTIL }];
    const stays = { name: "auto.mail.stays", link: "c", labels: [900], until: UNTIL };
    const labels = [900];
    let highest = 0;
    let former = new Set<number>();
    let led: number | undefined;
    for (let change = 0; change < runs(1_000_000, 200_000); change += 50) {
      const goes = Array.from({ length: 50 }, (_, at) => {
        return { name: `auto.mail.h${change + at}`, link: "a", labels, until: UNTIL };
      });
      const running = numbers.place(layOver(file, overlay({ paths: [stays, ...goes], leads }), NOW).config);
      led ??= running.leads![0]!.path;
      if (running.leads![0]!.path !== led) expect.fail("the path that stays has another number");
      const passing = new Set<number>();
      for (const [number, { name }] of running.paths) {
        highest = Math.max(highest, slotOf(number));
        if (name.startsWith("auto.mail.h")) passing.add(number);
      }
      if ([...passing].some((number) => former.has(number)))
        expect.fail("two paths had one number, one right after the other");
      if ([...passing].some((number) => former.has(number)))
        expect.fail("two paths had one number, one right after the other");
      former = passing;
      numbers.retain(running);
    }
    expect(former.size).toBe(50);
    expect(highest).toBeLessThan(2_000);
  });
});
