// Package spool is the write-ahead log that stands in front of the log engine.
//
// What a sender delivers is appended as one Frame. Append returns when the frame is on the disk;
// many callers share one fdatasync. Readers (the forwarder, log rules, patterns) follow at their own
// pace: each keeps its own durable cursor, a Position under the spool's ID, and tells the spool
// with Release what it no longer needs.
//
//	Append ──▶ 0000…0-7c1f09aa.log  0000…67108864-02be11d4.log  … ──▶ Read
//	              └── removed when every reader has released all of it
//
// A Position is an offset in an endless log. It grows for ever, is never given twice, and can jump:
// where a torn tail was cut off, positions go on behind it.
//
// # On the disk
//
// A segment is a file of frames, named by its first position and a random salt. A frame is a header
// of 36 bytes and the payload, all numbers little-endian:
//
//	0   magic "MSf1"
//	4   length of the payload in bytes
//	8   rows (28 bits), and the kind above them (4 bits)
//	12  received, microseconds since 1970 UTC
//	20  the frame's own position
//	28  CRC-32C of the payload
//	32  CRC-32C of bytes 0 to 31, begun with the segment's salt
//
// Position and salt make sure that bytes inside of a payload, whoever chose them, are never taken
// for a frame when the next one has to be searched for behind damage.
//
// The file "head" holds the spool's ID and how far positions may have been given, so that they go on
// even when all segments have been taken away.
//
// # What holds
//
//   - What Append acknowledged survives kill -9, a crash of the machine and a full disk.
//   - A full disk stops appends alone: the spool opens, and what it holds is read and released.
//   - Nothing is acknowledged that was written to a file which somebody has removed.
//   - Readers see frames in order, each once per pass, and never one that is not durable.
//   - A segment that somebody removes holds up nobody: readers go on behind it, and it is counted,
//     logged and shown. One that is out of sight with its whole directory is waited for.
//   - After a failed write or fsync nothing of it is acknowledged, and nothing is written to that
//     file again: an fsync that failed cannot be repeated (https://lwn.net/Articles/752063/).
//     Frames of which Append did not say that they are safe may still be there after a crash.
//   - Damaged bytes are stepped over, kept in a file "damaged-…", logged and counted; what follows
//     them is read. So is a frame that its readers cannot take apart (Unreadable). Without anything valid behind them, at the very end, they are a torn tail and
//     are cut off.
package spool
