// Package first is initialised before the packages of the log engine, one of which writes a line
// to standard error while it is initialised, on hosts without pressure figures (PSI). A command
// line must not show it.
//
// Go initialises the packages that are ready in the order of their import paths; this one is a
// module of its own because its path must come before github.com/VictoriaMetrics/metrics. See
// docs/adr/0014.
package first

import (
	"bytes"
	"io"
	"log"
	"os"
)

func init() { log.SetOutput(without{os.Stderr}) }

// without drops the line and passes on everything else.
type without struct{ io.Writer }

func (w without) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte("disable exposing PSI metrics")) {
		return len(line), nil
	}
	return w.Writer.Write(line)
}
