import {
  checkedRate,
  checkedText,
  parseListenAddress,
  parseServiceTarget,
  parseStreamAddress,
  parseUdpAddress,
} from "@florenetes/config-file";
import { TRAFFIC_CLASS_NAMES, WORKLOAD_CLASS_NAMES } from "@florenetes/forwarding";
import { isName, NAME_FORM } from "@florenetes/operator-text";
import { z } from "zod";
import type { FabricStore, MeshFileInput, MeshFileValue, PathEntry, PathInput } from "./mesh-file-form.ts";
import {
  ENTRIES_MAX,
  LINKS_MAX,
  PARTITION_DEFAULT,
  PORT_DEFAULT,
  PORTALS_TAKEN,
  PRICE_MAX,
  TAG_DEFAULT,
} from "./limits.ts";
import type { MeshErrorCode } from "./mesh-errors.ts";
import { settingsField } from "./settings.ts";

const PORT_MAX = 65_535;

/** The form of a mesh file. `check.ts` checks what the names in it refer to. */
export const meshFileSchema: z.ZodType<MeshFileValue, MeshFileInput> = z.strictObject({
  cluster: nameText("a cluster's name"),
  carriers: z.enum(["any", "quic-only"]).optional(),
  settings: settingsField,
  nodes: z.record(
    nameText("a node's name"),
    z
      .strictObject({
        address: addressText().optional(),
        port: portNumber().default(PORT_DEFAULT),
        listen: ipAddress().optional(),
        // The portal's link vertex says which addresses it takes.
        portals: z.record(portalName(), z.strictObject({ listen: z.string() })).optional(),
        dirs: z
          .strictObject({
            identity: folder().optional(),
            "run-link": folder().optional(),
            "run-cluster": folder().optional(),
            "state-link": folder().optional(),
            "state-cluster": folder().optional(),
          })
          .optional(),
        "transit-limit": z
          .strictObject({
            packets: z.int().min(1).max(1_000_000_000_000).optional(),
            bytes: z.int().min(65_536).max(1_000_000_000_000).optional(),
          })
          .optional(),
        settings: settingsField,
      })
      .nullable(),
  ),
  links: list(
    z.strictObject({
      between: list(nameText("a node's name")).superRefine((ends, context) => {
        if (ends.length !== 2) refuse(context, `a link has two ends, not ${ends.length}`, "Write it as [a, b].");
      }),
      originator: nameText("a node's name").optional(),
      tag: tagText().default(TAG_DEFAULT),
      address: addressText().optional(),
      port: portNumber().optional(),
      endpoint: z.string().optional(),
      portal: portalName().optional(),
      rate: checkedRate("ERR_MESH_RATE" satisfies MeshErrorCode).optional(),
    }),
  ).default([]),
  lsps: z.record(nameText("an LSP's name"), list(hopText())).default({}),
  services: z
    .record(
      nameText("a service's name"),
      z.strictObject({
        node: nameText("a node's name"),
        target: serviceTarget(),
        allow: list(principalText()).optional(),
        "proxy-protocol": z.enum(["v2"]).optional(),
        // cluster-flor says which durations it takes.
        "flow-idle": z.union([z.string(), z.number()]).optional(),
        "health-check": z.union([z.string(), z.number()]).optional(),
        classes: list(z.enum(WORKLOAD_CLASS_NAMES)).optional(),
        leader: z.enum(["fabric"]).optional(),
      }),
    )
    .default({}),
  paths: z.record(nameText("a path's name"), anything<PathInput>().transform(toPathEntry)).default({}),
  tunnels: list(
    z.strictObject({
      node: nameText("a node's name"),
      listen: listenAddress(),
      as: principalText(),
      service: nameText("a service's name"),
      path: anything<string | PathInput>().transform(toTunnelPath),
      expose: z.boolean().optional(),
      mode: z.string().optional(),
      owner: z.string().optional(),
      keep: z.union([z.string(), z.number()]).optional(),
      "connect-wait": z.union([z.string(), z.number()]).optional(),
      "dont-fragment": z.boolean().optional(),
      class: z.enum(WORKLOAD_CLASS_NAMES).optional(),
      // Reserved words: a tunnel has one path, and no other is tried.
      priority: z.never().optional(),
      fallback: z.never().optional(),
    }),
  ).default([]),
  sessions: list(
    z.strictObject({
      node: nameText("a node's name"),
      listen: sessionAddress(),
      as: principalText(),
      mode: z.string().optional(),
      owner: z.string().optional(),
      // Only the node knows its users and groups.
      allow: z.array(z.union([z.string(), z.number()])).optional(),
      services: z.record(
        nameText("a service's name"),
        z.strictObject({
          path: anything<string | PathInput>().transform(toTunnelPath),
          service: nameText("a service's name").optional(),
          keep: z.union([z.string(), z.number()]).optional(),
          "connect-wait": z.union([z.string(), z.number()]).optional(),
        }),
      ),
      "max-sessions": z.number().optional(),
      "max-streams": z.number().optional(),
    }),
  ).default([]),
  transit: z
    .record(
      nameText("a node's name"),
      list(
        list(hopText()).superRefine((pair, context) => {
          if (pair.length !== 2) refuse(context, "transit is between two links", "Write a pair as [a, c].");
        }),
      ),
    )
    .optional(),
  fabric: z
    .strictObject({
      root: checkedText({
        test: (text) => /^sha256:[0-9a-f]{64}$/.test(text),
        code: "ERR_MESH_FABRIC_ROOT" satisfies MeshErrorCode,
        message: "a fingerprint is sha256: and 64 hexadecimal digits in small letters",
        advice: "Write it as `flor fabric init` has printed it.",
      }),
      // Relative to the agent's config: only the node knows it.
      "root-file": z.string().optional(),
      development: z.boolean().optional(),
      nodes: list(nameText("a node's name")).optional(),
      owner: z.string().optional(),
      pins: z.enum(["overlay", "all"]).optional(),
      ways: list(list(hopText())).optional(),
      relays: z
        .record(
          nameText("a node's name"),
          z.strictObject({
            classes: list(z.enum(TRAFFIC_CLASS_NAMES)),
            rate: checkedRate("ERR_MESH_RATE" satisfies MeshErrorCode),
          }),
        )
        .optional(),
      coordinators: z
        .record(
          nameText("a node's name"),
          z.strictObject({ partition: nameText("a partition's name").default(PARTITION_DEFAULT), store: store() }),
        )
        .optional(),
      links: z
        .record(
          nameText("a node's name"),
          z.strictObject({ max: z.int().min(0).max(LINKS_MAX), dial: list(z.string()).optional() }),
        )
        .optional(),
      costs: z
        .record(
          nameText("a node's name"),
          z.strictObject({ price: z.int().min(0).max(PRICE_MAX).optional(), metered: z.boolean().optional() }),
        )
        .optional(),
      updates: z
        .strictObject({
          channel: nameText("a channel's name"),
          // Relative to the agent's config: only the node knows it.
          "repository-root": z.string().min(1),
        })
        .optional(),
      storage: z
        .strictObject({
          holders: list(nameText("a node's name")),
          gateways: z.record(nameText("a node's name"), principalText()).optional(),
          allow: list(principalText()).optional(),
        })
        .optional(),
    })
    .optional(),
});

/** The store of a coordinator, as its agent's config has it. */
function store(): z.ZodType<FabricStore, FabricStore | undefined> {
  const etcd = z.strictObject({ etcd: list(z.string()), ca: z.string(), cert: z.string(), key: z.string() });
  return z
    .union([z.literal("sqlite"), etcd], { error: "it is sqlite, or etcd with ca, cert and key" })
    .default("sqlite");
}

const pathSection = z.strictObject({
  hops: list(hopText()),
  mtu: z.int().min(1280).max(16_000).optional(),
  priority: z.never().optional(),
  fallback: z.never().optional(),
});

/** The form depends on the kind, and a union's messages would name all kinds: the transform that follows checks instead. */
function anything<Input>(): z.ZodType<unknown, Input> {
  return z.unknown() as z.ZodType<unknown, Input>;
}

function toPathEntry(value: unknown, context: z.RefinementCtx): PathEntry {
  if (Array.isArray(value)) {
    const hops = list(hopText()).safeParse(value);
    if (hops.success) return { hops: hops.data, mtu: undefined, isSection: false };
    return passOn(hops.error, context);
  }
  if (typeof value === "string") {
    return refuse(context, `a path is a list of hops, not "${value}"`, `Write it in brackets: [${value}].`);
  }
  const section = pathSection.safeParse(value);
  if (section.success) return { hops: section.data.hops, mtu: section.data.mtu, isSection: true };
  return passOn(section.error, context);
}

/** A path's name, or its hops written in place. */
function toTunnelPath(value: unknown, context: z.RefinementCtx): string | PathEntry {
  if (value === undefined) {
    return refuse(
      context,
      "a tunnel, and a service of sessions, needs a path",
      "Write the nodes it goes over, as [a, b, c], or the name of one of paths.",
    );
  }
  return typeof value === "string" ? value : toPathEntry(value, context);
}

function passOn(error: z.ZodError, context: z.RefinementCtx): never {
  for (const issue of error.issues) context.addIssue(issue as Parameters<z.RefinementCtx["addIssue"]>[0] & object);
  return z.NEVER;
}

function list<Element extends z.ZodType>(element: Element): z.ZodArray<Element> {
  return z.array(element).max(ENTRIES_MAX, `more than ${ENTRIES_MAX} entries`);
}

function nameText(what: string): z.ZodString {
  return text(isName, what, `${NAME_FORM}, as in "b" or "berlin-2"`);
}

function portalName(): z.ZodString {
  return text(
    (value) => isName(value) && !PORTALS_TAKEN.includes(value),
    "a portal's name",
    `${NAME_FORM}, as in "tls"; not ${PORTALS_TAKEN.join(" or ")}: a link that names no portal is link-flor's`,
  );
}

function tagText(): z.ZodString {
  return text(isName, "a tag", `${NAME_FORM}; in quotes when it is a number: "1"`);
}

function hopText(): z.ZodString {
  return text(
    (value) => (value.startsWith("lsp:") ? isName(value.slice("lsp:".length)) : isNodeAndTag(value)),
    "a hop",
    'a node ("c"), a node over a parallel link ("c/1") or a static LSP ("lsp:x")',
  );
}

function isNodeAndTag(hop: string): boolean {
  const [node = "", ...tags] = hop.split("/", 3);
  return tags.length < 2 && [node, ...tags].every(isName);
}

function principalText(): z.ZodString {
  return text(
    (value) => /^(?:user|service)\//.test(value) && isName(value.slice(value.indexOf("/") + 1)),
    "a principal",
    '"user/<name>" or "service/<name>"',
  );
}

function addressText(): z.ZodString {
  return text(
    (value) => /^[A-Za-z0-9._:%-]+$/.test(value),
    "an address",
    "a host name, an IPv4 or an IPv6 address, without a port",
  );
}

function folder(): z.ZodString {
  return text((value) => value.startsWith("/"), "a folder", "an absolute path");
}

function listenAddress(): z.ZodString {
  const message = "an address is tcp://host:port, tcp://[ipv6]:port, unix:path or udp://ip:port";
  return socketAddressText(parseListenAddress, message);
}

function sessionAddress(): z.ZodString {
  return checkedText({
    test: (text) => parseStreamAddress(text)?.kind === "unix",
    code: "ERR_CONFIG_ADDRESS",
    message: "data sessions are spoken at a Unix socket: unix:path",
    advice: 'As "unix:/run/chat/mesh.sock": only there the system says who has connected.',
  });
}

function serviceTarget(): z.ZodString {
  return socketAddressText(
    parseServiceTarget,
    "a target is tcp://host:port, tcp://[ipv6]:port, unix:path, udp://host:port, session+unix:path or self:echo",
  );
}

/** Port 0 has the right form: a lab puts a free one in its place. */
function socketAddressText(parse: (text: string) => unknown, message: string): z.ZodString {
  return checkedText({
    test: (text) => parse(text.replace(/:0$/, ":1")) !== undefined,
    code: "ERR_CONFIG_ADDRESS",
    message: (text) => {
      const port = Number(/:(\d+)$/.exec(text)?.[1] ?? 0);
      return port > PORT_MAX ? `${port} is no port: the largest is ${PORT_MAX}` : message;
    },
    advice: 'As "tcp://127.0.0.1:8080", "unix:/run/web.sock" or "udp://127.0.0.1:5353".',
  });
}

function ipAddress(): z.ZodString {
  return checkedText({
    test: (text) => parseUdpAddress(text.includes(":") ? `udp://[${text}]:1` : `udp://${text}:1`) !== undefined,
    code: "ERR_CONFIG_ADDRESS",
    message: "expected an IP address without a port",
    advice: 'As "0.0.0.0" or "::" for all addresses of the machine.',
  });
}

function portNumber(): z.ZodInt {
  return z.int().min(0).max(PORT_MAX, `not a port: the largest is ${PORT_MAX}`);
}

function text(test: (value: string) => boolean, what: string, form: string): z.ZodString {
  const advice = `Write ${form}.`;
  return checkedText({
    test,
    code: "ERR_CONFIG_VALUE",
    message: (value) => (test(value.toLowerCase()) ? `not ${what}, as it has upper case` : `not ${what}`),
    advice,
  });
}

function refuse(context: z.RefinementCtx, message: string, advice: string): never {
  context.addIssue({ code: "custom", message, params: { code: "ERR_CONFIG_VALUE", advice } });
  return z.NEVER;
}
