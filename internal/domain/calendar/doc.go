// Package calendar knows when a business is open: service hours, business hours, bank days.
//
// A calendar has one IANA zone and speaks in wall-clock time there: weekly hours, holidays
// on which it stays closed, and half days that close early or have hours of their own.
//
//	zone: Europe/London
//	weekly: ["mon-thu 08:00-18:00", "fri 08:00-12:00, 13:00-17:00", "sat 22:00-02:00"]
//	holidays: [{date: 2026-12-25, name: Christmas Day}]
//	half_days: [{date: 2026-12-24, closes: "12:30", name: Christmas Eve}]
//
// Hours belong to the day on which they start. "sat 22:00-02:00" ends on Sunday at 02:00
// even when that Sunday is a holiday; whoever wants the holiday to begin at midnight writes
// "sat 22:00-24:00" and "sun 00:00-02:00".
//
// When the clocks change, a wall-clock time means the earliest instant at which the clock
// shows that time or a later one (Instant). So hours that start inside a skipped hour start
// when the skipped hour ends, an hour that happens twice belongs to the hours that hold its
// first showing, and hours that follow each other on the clock follow each other in time:
// no instant is counted twice or never.
//
// All instants are UTC and all spans are half open: [From, To).
//
// Invariants: a stored calendar is valid and in canonical form; nothing that other records
// name is deleted.
//
// Tables: calendar.
package calendar
