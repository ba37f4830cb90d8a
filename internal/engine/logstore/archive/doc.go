// Package archive writes days of log lines to files before the engine deletes them, and brings
// them back.
//
// One day (UTC) of one class of lines is one file of NDJSON, packed with zstd, and a manifest beside it:
//
//	logs-2026-01-31-5a3f09c1.ndjson.zst   named after its own SHA-256, so it is never overwritten
//	logs-2026-01-31.json                  the manifest, written when the file has been read back
//	logs-short-2026-01-31.json            that of the same day's short lines
//
// One for each class, because a date's lines of different classes are deleted at different ages.
// One file per day and not one per source, because the engine ages days out and not sources: a day
// is safe or it is not, and that is one question. Lines carry their source; a restored day is
// searched by it as any other.
//
// A day is archived at the age of the retention. By then no line of it can come any more, because
// ingest stores lines that are older under the instant at which it received them. The engine runs
// with a retention that is longer by a margin, so the day is still there while archiving fails, and
// there is time to tell people. Nothing here deletes lines.
//
//	read a slice, counted by the engine first ─▶ sorted ─▶ part file, fsync, progress noted ─▶ … next slice
//	all slices ─▶ count of the day again ─▶ put ─▶ read back and checked ─▶ manifest
//
// A crash goes on at the last slice. A day whose count is another one afterwards begins again.
//
// With a limit for the disk the oldest days are archived when most of it is used, before they are
// as old as the retention. Such an archive is not closed: the day is counted again at that age, and
// archived again when lines were added.
//
// Restored lines go back into the store under their own instants, marked with the field restored,
// past the log rules. The store keeps lines for longer meanwhile. A restore sends what is missing, so it
// can be repeated and never doubles a line.
package archive
