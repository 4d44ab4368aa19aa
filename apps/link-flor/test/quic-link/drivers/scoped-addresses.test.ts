import { expect, test } from "vitest";
import { ScopedAddresses } from "../../../src/quic-link/drivers/scoped-addresses.ts";
import { SCOPED_ADDRESSES_MAX } from "../../../src/quic-link/limits.ts";

test("a link-local address is reached by the interface that it was last seen with, however it is written", () => {
  const scoped = new ScopedAddresses();
  expect(scoped.take("FE80:0::1%eth0")).toBe("fe80::1");
  expect(scoped.scopeOf("fe80::1")).toBe("eth0");
  expect(scoped.take("fe80::1%3")).toBe("fe80::1");
  expect(scoped.scopeOf("fe80::1")).toBe("3");
});

test("other addresses stay as they are, and have none", () => {
  const scoped = new ScopedAddresses();
  expect(scoped.take("2001:db8::1")).toBe("2001:db8::1");
  expect(scoped.scopeOf("2001:db8::1")).toBeUndefined();
});

test("no more are remembered than the limit says, and those go on being kept up to date", () => {
  const scoped = new ScopedAddresses();
  for (let i = 0; i < SCOPED_ADDRESSES_MAX; i++) scoped.take(`fe80::${(i + 1).toString(16)}%1`);
  expect(scoped.take("fe80::ffff%1")).toBe("fe80::ffff");
  expect(scoped.scopeOf("fe80::ffff")).toBeUndefined();
  scoped.take("fe80::1%2");
  expect(scoped.scopeOf("fe80::1")).toBe("2");
});
