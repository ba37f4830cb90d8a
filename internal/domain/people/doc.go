// Package people knows who there is and what each may do.
//
// A user is a person with a role; a team groups users at a level of support and is an entry
// of the escalation directory. One matrix (permission.go) says which role may do what, and
// on what; every exported method of every room asks it first.
//
// People prove who they are with a password, which opens a session, or with an API token.
// Of passwords, sessions, tokens and one-time codes only hashes are stored, and configuration
// as code never carries them. Users are disabled, not deleted, because events name them:
//
//	(applied or set up) ──▶ enabled ──▶ disabled    sessions and tokens end at once
//	                           ▲            │
//	                           ╰────────────╯       tokens stay revoked
//
// Invariants: once there is an enabled admin there is always one; a token never may do more
// than the person who made it may do now; a user with role client, and no other, belongs to
// a customer; a one-time code works once.
//
// Customers and calendars are rooms of the same floor or above, so users and teams hold
// their names, which do not change, and ask through Above whether there are such. A Target
// that concerns a customer lists customer names too.
//
// Tables: app_user, team, membership, session, token, login_attempt, one_time_code.
package people
