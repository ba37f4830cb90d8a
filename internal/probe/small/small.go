// Package small is the set of probes that rest on little: those that every agent makes.
package small

import (
	"mainstay/internal/probe"
	"mainstay/internal/probe/http"
	"mainstay/internal/probe/tcp"
)

// Set returns the probes.
func Set() probe.Set {
	return probe.Set{
		probe.HTTPKind: http.Make,
		probe.TCPKind:  tcp.Make,
	}
}
