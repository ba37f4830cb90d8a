// Package full is the set of all probes: the small ones, and those whose drivers are heavy. The server
// has it; an agent that had it would be twice as large.
package full

import (
	"mainstay/internal/probe"
	"mainstay/internal/probe/queue"
	"mainstay/internal/probe/redis"
	"mainstay/internal/probe/small"
	"mainstay/internal/probe/sql"
)

// Set returns the probes.
func Set() probe.Set {
	set := small.Set()
	set[probe.SQLKind] = sql.Make
	set[probe.RedisKind] = redis.Make
	set[probe.QueueKind] = queue.Make
	return set
}
