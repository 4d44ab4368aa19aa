import { createRequire } from "node:module";

/** System calls on sockets that Node does not offer. Each returns -1 when it failed; `errno` says why. */
export interface Libc {
  socket(family: number, type: number, protocol: number): number;
  bind(descriptor: number, address: Uint8Array, length: number): number;
  setsockopt(descriptor: number, level: number, name: number, value: Int32Array, length: number): number;
  sendmsg(descriptor: number, message: Uint8Array, flags: number): number;
  close(descriptor: number): number;
  /** 1 when the text is an address of the family, and `address` has its bytes. */
  inet_pton(family: number, text: string, address: Uint8Array): number;
  if_nametoindex(name: string): number;
  errno(): number;
  /** Where the bytes are, for structures that point to them. They must be an ArrayBuffer's own, which does not move. */
  addressOf(bytes: ArrayBuffer): bigint;
}

interface Koffi {
  load(path: null): { func(declaration: string): never };
  errno(): number;
  address(bytes: ArrayBuffer): bigint;
}

let loaded: { readonly libc: Libc | undefined } | undefined;

/** Undefined where there is no koffi for this machine, or the structures have another layout than here. */
export function loadLibc(): Libc | undefined {
  loaded ??= { libc: isKnownLayout() ? load() : undefined };
  return loaded.libc;
}

/** Little-endian, with pointers of 64 bits. */
function isKnownLayout(): boolean {
  return process.platform === "linux" && (process.arch === "x64" || process.arch === "arm64");
}

function load(): Libc | undefined {
  try {
    const require = createRequire(import.meta.url);
    const koffi = require("koffi") as Koffi;
    const lib = koffi.load(null);
    return {
      socket: lib.func("int socket(int family, int type, int protocol)"),
      bind: lib.func("int bind(int descriptor, const void *address, unsigned int length)"),
      setsockopt: lib.func(
        "int setsockopt(int descriptor, int level, int name, const void *value, unsigned int length)",
      ),
      sendmsg: lib.func("intptr_t sendmsg(int descriptor, const void *message, int flags)"),
      close: lib.func("int close(int descriptor)"),
      inet_pton: lib.func("int inet_pton(int family, const char *text, void *address)"),
      if_nametoindex: lib.func("unsigned int if_nametoindex(const char *name)"),
      errno: () => koffi.errno(),
      addressOf: (bytes) => koffi.address(bytes),
    };
  } catch {
    return undefined;
  }
}
