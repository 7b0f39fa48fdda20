/**
 * Event files read by packages that have nothing to do with what wrote them: `pbf` for the
 * messages, `crc-32` for the checksums.
 *
 * @module
 */

import crc32c from "crc-32/crc32c.js";
import { PbfReader } from "pbf";

/** What is read of an event. */
export interface ReadEvent {
  wallTime?: number;
  step?: number;
  fileVersion?: string;
  /** The status of a session log. */
  session?: number;
  scalars: Record<string, number>;
  texts: Record<string, string[]>;
}

interface ReadValue {
  tag: string;
  scalar?: number;
  dtype?: number;
  size?: number;
  texts: string[];
  plugin?: string;
  dataClass?: number;
}

/** The data of all records of a file; checks lengths and checksums. */
export function readRecords(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Number(view.getBigUint64(at, true));
    const data = bytes.subarray(at + 12, at + 12 + length);
    requireChecksum(bytes.subarray(at, at + 8), view.getUint32(at + 8, true));
    requireChecksum(data, view.getUint32(at + 12 + length, true));
    records.push(data);
    at += 16 + length;
  }
  return records;
}

/** The mask as tensorflow/core/lib/hash/crc32c.h undoes it. */
function requireChecksum(data: Uint8Array, masked: number): void {
  const rotated = (masked - 0xa282ead8) >>> 0;
  const found = (rotated >>> 17 | rotated << 15) >>> 0;
  const expected = crc32c.buf(data) >>> 0;
  if (found !== expected) throw new Error(`checksum ${found}, expected ${expected}`);
}

/** The events of a file. */
export function readEvents(bytes: Uint8Array): ReadEvent[] {
  return readRecords(bytes).map((data) =>
    new PbfReader(data).readFields(readEvent, { scalars: {}, texts: {} } as ReadEvent)
  );
}

function readEvent(tag: number, event: ReadEvent | undefined, pbf: PbfReader): void {
  if (event === undefined) return;
  if (tag === 1) event.wallTime = pbf.readDouble();
  else if (tag === 2) event.step = pbf.readVarint();
  else if (tag === 3) event.fileVersion = pbf.readString();
  else if (tag === 5) pbf.readMessage(readSummary, event);
  else if (tag === 7) {
    pbf.readMessage((inner) => {
      if (inner === 1) event.session = pbf.readVarint();
    }, event);
  }
}

function readSummary(tag: number, event: ReadEvent | undefined, pbf: PbfReader): void {
  if (event === undefined || tag !== 1) return;
  const value: ReadValue = { tag: "", texts: [] };
  pbf.readMessage(readValue, value);
  if (value.scalar !== undefined) event.scalars[value.tag] = value.scalar;
  if (value.plugin !== "text") return;
  // Strings, of a tensor of one axis.
  if (value.dtype !== 7 || value.size !== value.texts.length || value.dataClass !== 2) {
    throw new Error(`no list of texts: ${JSON.stringify(value)}`);
  }
  event.texts[value.tag] = value.texts;
}

function readValue(tag: number, value: ReadValue | undefined, pbf: PbfReader): void {
  if (value === undefined) return;
  if (tag === 1) value.tag = pbf.readString();
  else if (tag === 2) value.scalar = pbf.readFloat();
  else if (tag === 8) pbf.readMessage(readTensor, value);
  else if (tag === 9) pbf.readMessage(readMetadata, value);
}

function readTensor(tag: number, value: ReadValue | undefined, pbf: PbfReader): void {
  if (value === undefined) return;
  if (tag === 1) value.dtype = pbf.readVarint();
  else if (tag === 8) value.texts.push(pbf.readString());
  else if (tag === 2) {
    pbf.readMessage((shape) => {
      if (shape !== 2) return;
      pbf.readMessage((dim) => {
        if (dim === 1) value.size = pbf.readVarint();
      }, value);
    }, value);
  }
}

function readMetadata(tag: number, value: ReadValue | undefined, pbf: PbfReader): void {
  if (value === undefined) return;
  if (tag === 4) value.dataClass = pbf.readVarint();
  else if (tag === 1) {
    pbf.readMessage((inner) => {
      if (inner === 1) value.plugin = pbf.readString();
    }, value);
  }
}
