export { collected } from "./collected.ts";
export { MemoryFleet } from "./memory-fleet.ts";
export { MemoryBook } from "./memory-book.ts";
export { MemoryDisk } from "./memory-disk.ts";
