import { z } from "zod";
import type { MeshFileInput, MeshFileValue, PathEntry, PathInput } from "./mesh-file-form.ts";
import { ENTRIES_MAX, PORT_DEFAULT, TAG_DEFAULT } from "./limits.ts";

/** Names end up in certificates: the same letters as there. */
const NAME = /^(?!.*\.\.)[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/;
const NAME_FORM = 'at most 63 of a-z, 0-9, ".", "_" and "-", a letter or digit at both ends, as in "b" or "berlin-2"';

/** The form of a mesh file. What names mean to each other is not its business: see `check.ts`. */
export const meshFileSchema: z.ZodType<MeshFileValue, MeshFileInput> = z.strictObject({
  cluster: nameText("a cluster's name"),
  nodes: z.record(
    nameText("a node's name"),
    z
      .strictObject({
        address: addressText().optional(),
        port: portNumber().default(PORT_DEFAULT),
        listen: addressText().optional(),
        dirs: z
          .strictObject({
            identity: folder().optional(),
            "run-link": folder().optional(),
            "run-cluster": folder().optional(),
            "state-link": folder().optional(),
            "state-cluster": folder().optional(),
          })
          .optional(),
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
    }),
  ).default([]),
  lsps: z.record(nameText("an LSP's name"), list(hopText())).default({}),
  services: z
    .record(
      nameText("a service's name"),
      z.strictObject({
        node: nameText("a node's name"),
        target: streamAddress(),
        allow: list(principalText()).optional(),
      }),
    )
    .default({}),
  paths: z.record(nameText("a path's name"), anything<PathInput>().transform(toPathEntry)).default({}),
  tunnels: list(
    z.strictObject({
      node: nameText("a node's name"),
      listen: streamAddress(),
      as: principalText(),
      service: nameText("a service's name"),
      path: anything<string | PathInput>().transform(toTunnelPath),
      expose: z.boolean().optional(),
      mode: z.string().optional(),
      owner: z.string().optional(),
      priority: reserved("priority"),
      fallback: reserved("fallback"),
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
});

const pathSection = z.strictObject({
  hops: list(hopText()),
  mtu: z.int().min(1280).max(65_000).optional(),
  priority: reserved("priority"),
  fallback: reserved("fallback"),
});

/** Its form depends on its kind, and a union's messages would name all of them: the transform behind it checks. */
function anything<Input>(): z.ZodType<unknown, Input> {
  return z.unknown() as z.ZodType<unknown, Input>;
}

function toPathEntry(value: unknown, context: z.RefinementCtx): PathEntry {
  if (Array.isArray(value)) {
    const hops = list(hopText()).safeParse(value);
    if (hops.success) return { hops: hops.data, mtu: undefined, isSection: false };
    return passOn(hops.error, context);
  }
  const section = pathSection.safeParse(value);
  if (section.success) return { hops: section.data.hops, mtu: section.data.mtu, isSection: true };
  return passOn(section.error, context);
}

/** A path's name, or its hops written in place. */
function toTunnelPath(value: unknown, context: z.RefinementCtx): string | PathEntry {
  if (value === undefined) {
    refuse(
      context,
      "a tunnel needs a path",
      "Write the nodes it goes over, as [a, b, c], or the name of one of paths.",
    );
    return z.NEVER;
  }
  return typeof value === "string" ? value : toPathEntry(value, context);
}

function passOn(error: z.ZodError, context: z.RefinementCtx): never {
  for (const issue of error.issues) context.addIssue(issue as Parameters<z.RefinementCtx["addIssue"]>[0] & object);
  return z.NEVER;
}

/** Words that later versions will give a meaning to; taking them silently now would be a lie. */
function reserved(word: string): z.ZodOptional<z.ZodUnknown> {
  return z
    .unknown()
    .optional()
    .superRefine((value, context) => {
      if (value === undefined) return;
      const advice = "Remove it: a tunnel has one path, and no other is tried.";
      context.addIssue({
        code: "custom",
        message: `"${word}" is reserved, not implemented`,
        params: { code: "ERR_MESH_RESERVED", advice },
      });
    });
}

function list<Element extends z.ZodType>(element: Element): z.ZodArray<Element> {
  return z.array(element).max(ENTRIES_MAX, `more than ${ENTRIES_MAX} entries`);
}

function nameText(what: string): z.ZodString {
  return text(NAME, what, NAME_FORM);
}

function tagText(): z.ZodString {
  return text(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/,
    "a tag",
    'letters, digits, ".", "_" and "-", in quotes when it is a number: "1"',
  );
}

function hopText(): z.ZodString {
  return text(
    /^(?:lsp:[a-z0-9._-]+|[a-z0-9._-]+(?:\/[A-Za-z0-9._-]+)?)$/,
    "a hop",
    'a node ("c"), a node over a parallel link ("c/1") or a static LSP ("lsp:x")',
  );
}

function principalText(): z.ZodString {
  return text(
    /^(?:user|service)\/(?!.*\.\.)[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/,
    "a principal",
    '"user/<name>" or "service/<name>"',
  );
}

function addressText(): z.ZodString {
  return text(/^[A-Za-z0-9._:%-]+$/, "an address", "a host name, an IPv4 or an IPv6 address, without a port");
}

function folder(): z.ZodString {
  return text(/^\//, "a folder", "an absolute path");
}

function streamAddress(): z.ZodString {
  return text(
    /^(?:tcp:\/\/(?:\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9._-]+):\d{1,5}|unix:.+)$/,
    "an address for streams",
    '"tcp://127.0.0.1:8080" or "unix:/run/web.sock"',
  );
}

function portNumber(): z.ZodInt {
  return z.int().min(0).max(65_535);
}

function text(pattern: RegExp, what: string, form: string): z.ZodString {
  return z.string().superRefine((value, context) => {
    if (!pattern.test(value)) refuse(context, `"${value}" is not ${what}`, `Expected: ${form}.`);
  });
}

function refuse(context: z.RefinementCtx, message: string, advice: string): void {
  context.addIssue({ code: "custom", message, params: { code: "ERR_CONFIG_VALUE", advice } });
}
