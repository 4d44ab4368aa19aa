export { forbidCoreDumps } from "./core-dumps.ts";
export { NATIVE_ERRORS, NativeError } from "./errors.ts";
export type { NativeErrorCode } from "./errors.ts";
export { openMemoryFile } from "./memory-file.ts";
export { PacketCipher, PacketOpener } from "./packet-opener.ts";
