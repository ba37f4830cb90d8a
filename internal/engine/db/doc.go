// Package db opens the records database, SQLite or PostgreSQL, and gives transactions.
//
// There are three ways in, and each says what it promises:
//
//	Do     changes records. SERIALIZABLE on PostgreSQL, BEGIN IMMEDIATE with synchronous=FULL
//	       on SQLite. The closure may run again, so it touches nothing but its transaction.
//	View   reads one consistent snapshot and can change nothing.
//	Claim  takes work from a queue under row locks: READ COMMITTED with FOR UPDATE on PostgreSQL.
//
// All SQL is one text for both databases: "?" placeholders, instants as BIGINT microseconds
// UTC (a zero time.Time is NULL), BOOLEAN without "= 1", TEXT COLLATE "C" where order
// matters, portable ON CONFLICT and RETURNING. What only one of them can say stands behind
// Tx.Postgres and needs a reason.
//
// Every transaction has one timestamp, Tx.Now: all rows that it writes agree.
package db
