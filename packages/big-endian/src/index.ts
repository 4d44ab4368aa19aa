export { readUint16, readUint32, readUint64, writeUint16, writeUint32, writeUint64 } from "./big-endian.ts";
