// Package host knows what files lie on hosts, and compares them with what a code roll should have
// put there.
//
// A host is known once somebody has posted an inventory of one of its directories (a root): its
// agent, or whoever has the key of a source. An inventory is read as it arrives and stored piece by
// piece as the next generation of the root, in short transactions; one last transaction makes that
// generation the present one. So nobody ever sees half an inventory, and the database is never
// held for long.
//
//	host ──▶ root ──▶ files of its generation
//	           ╰────▶ changes: created, changed, deleted, kept for 400 days
//
// A roll is a release of files: a manifest (paths and SHA-256), a root, and the hosts it is for. How
// it stands with each host is worked out when somebody asks, and remembered by generation:
//
//	unknown   the host has never sent the root, or has been silent for longer than Silence
//	old       a file is there with another content, and has not been right since the roll
//	missing   a file is not there, and has not been right since the roll
//	edited    a file was right after the roll and is not any more
//	extra     there are files that the manifest does not name (only when the roll is strict)
//	current   all is as the manifest says
//
// A host has the first of these that fits. Silence counts before everything: unknown is never green.
// An agent that looks and finds nothing changed sends an inventory once a day.
//
// Paths are relative to the root, with slashes. Links are in inventories and never in manifests.
//
// Tables: host, host_root, host_file, host_change, roll, roll_file.
package host
