package eventlog

import "mainstay/internal/agent/line"

// Config says what to read.
type Config struct {
	Host string
	// Channel is its name, such as System or Microsoft-Windows-TaskScheduler/Operational.
	Channel string
	// Fields are added to every event.
	Fields []line.Field
	// Dir holds the bookmark.
	Dir    string
	Buffer interface{ Append(lines []byte) error }
}
