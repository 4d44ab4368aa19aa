import { describe, expect, test } from "vitest";
import { type GrantAnswer, LeaderHost } from "../../../src/agent/leaders/leader-host.ts";
import { GRANT_MS, RENEW_MS } from "../../../src/agent/leaders/limits.ts";

const web = { scope: "cluster", service: "web" };
const db = { scope: "org/acme", service: "db" };
const granted: GrantAnswer = { outcome: "granted", leader: "h" };
const other: GrantAnswer = { outcome: "other-leader", leader: "x" };

/** A host whose letters are numbered from 1. */
function start(coordinators: readonly string[], needed = 1, services = [web]) {
  const host = new LeaderHost();
  host.follow({ services, coordinators, needed });
  let number = 0;
  const ask = (boot: number): string[] => {
    const asked: string[] = [];
    for (let next = host.pollAsk(boot); next !== undefined; next = host.pollAsk(boot)) {
      host.handleSent(++number, next, boot);
      asked.push(`${number} ${next.to} ${next.services.map(({ service }) => service).join(" ")}`);
    }
    return asked;
  };
  return { host, ask };
}

describe("a host that needs grants", () => {
  test("counts a grant from when it has asked, however late the answer is", () => {
    const { host, ask } = start(["c"]);
    expect(ask(1_000)).toEqual(["1 c web"]);
    host.handleAnswer(1, [granted], 7_000);
    expect(host.until(web, 7_000)).toBe(1_000 + GRANT_MS);
    expect(host.until(web, 1_000 + GRANT_MS)).toBe(0);
    expect(host.until(db, 7_000)).toBe(0);
  });

  test("takes no answer that comes after its grant would be over, and none twice", () => {
    const { host, ask } = start(["c"]);
    ask(1_000);
    host.handleAnswer(1, [granted], 20_000);
    expect(host.until(web, 20_000)).toBe(0);
    ask(20_000);
    host.handleAnswer(1, [granted], 20_100);
    expect(host.until(web, 20_100)).toBe(0);
    host.handleAnswer(2, [granted, granted], 20_100);
    host.handleAnswer(2, [granted], 20_100);
    expect(host.until(web, 20_100)).toBe(0);
  });

  test("asks again at a third, sooner where nobody has answered, and goes on with what it has", () => {
    const { host, ask } = start(["c"]);
    ask(0);
    host.handleAnswer(1, [granted], 20);
    expect(host.nextTimeout()).toBe(RENEW_MS);
    expect([ask(RENEW_MS - 1), ask(RENEW_MS)]).toEqual([[], ["2 c web"]]);
    host.handleAnswer(2, undefined, RENEW_MS + 500);
    expect(ask(RENEW_MS + 1_000)).toEqual(["3 c web"]);
    expect(host.until(web, RENEW_MS + 1_000)).toBe(GRANT_MS);
    host.handleAnswer(3, [granted], RENEW_MS + 1_010);
    expect(host.until(web, 5_000)).toBe(RENEW_MS + 1_000 + GRANT_MS);
  });

  test("needs as many coordinators as the policy says, and serves as long as all of these do", () => {
    const { host, ask } = start(["a", "b", "c"], 2);
    expect(ask(0)).toEqual(["1 a web", "2 b web", "3 c web"]);
    host.handleAnswer(1, [granted], 10);
    host.handleAnswer(2, [other], 10);
    expect(host.until(web, 10)).toBe(0);
    expect([...host.saidOf(web)].map(({ coordinator, outcome }) => `${coordinator} ${outcome}`)).toEqual([
      "a granted",
      "b other-leader",
    ]);
    ask(2_000);
    host.handleAnswer(5, [granted], 2_010);
    expect(host.until(web, 2_010)).toBe(GRANT_MS);
  });

  test("forgets the grants of who is no coordinator any more, and of services that it has no more", () => {
    const { host, ask } = start(["a", "b"], 1, [web, db]);
    ask(0);
    host.handleAnswer(1, [granted, granted], 10);
    host.follow({ services: [web], coordinators: ["a", "b"], needed: 1 });
    expect([host.until(web, 10) > 0, host.until(db, 10)]).toEqual([true, 0]);
    host.follow({ services: [web, db], coordinators: ["a", "b"], needed: 1 });
    expect(host.until(db, 10)).toBe(0);
    host.follow({ services: [web], coordinators: ["b"], needed: 1 });
    expect(host.until(web, 10)).toBe(0);
    host.follow({ services: [], coordinators: [], needed: 1 });
    expect(host.nextTimeout()).toBe(Infinity);
  });
});
