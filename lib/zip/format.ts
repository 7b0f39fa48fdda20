/**
 * The numbers of the zip format (PKWARE's APPNOTE 6.3) that reader and writer share.
 *
 * @module
 */

/** Begins an entry: its local header. */
export const LOCAL_HEADER = 0x04034b50;
/** Begins a line of the directory. */
export const DIRECTORY_HEADER = 0x02014b50;
/** Begins what stands behind an entry's bytes if its local header could not tell their CRC. */
export const DATA_DESCRIPTOR = 0x08074b50;
/** Begins the end of the directory. */
export const END = 0x06054b50;
/** Begins the end of the directory where its numbers have 64 bits. */
export const END_64 = 0x06064b50;
/** Begins what says where {@linkcode END_64} is. */
export const LOCATOR_64 = 0x07064b50;

/** Bytes of a local header without name and extra fields. */
export const LOCAL_HEADER_BYTES = 30;
/** Bytes of a line of the directory without name, extra fields and comment. */
export const DIRECTORY_HEADER_BYTES = 46;
/** Bytes of the end of the directory without a comment. */
export const END_BYTES = 22;
/** Bytes of the end of a directory of 64 bits. */
export const END_64_BYTES = 56;
/** Bytes of the locator. */
export const LOCATOR_64_BYTES = 20;

/** The extra field that has numbers of 64 bits. */
export const EXTRA_64 = 1;
/** Stands for a number of 32 bits that is in the extra field instead. */
export const ALL_ONES_32 = 0xffffffff;
/** Stands for a number of 16 bits that is elsewhere instead. */
export const ALL_ONES_16 = 0xffff;

/** The method of bytes that are kept as they are. */
export const STORED = 0;
/** The method of bytes that are compressed by deflate. */
export const DEFLATED = 8;

/** The flag of encrypted entries. */
export const FLAG_ENCRYPTED = 1;
/** The flag of entries with a {@linkcode DATA_DESCRIPTOR}. */
export const FLAG_DESCRIPTOR = 8;
/** The flag of names in UTF-8. */
export const FLAG_UTF8 = 0x800;
