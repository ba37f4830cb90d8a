package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"mainstay/internal/engine/logstore"
)

// logMetrics are figures of the log store for /metrics.
func (a *App) logMetrics() {
	figure := func(name, help string, of func(logstore.Status) float64) {
		a.Metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "mainstay", Subsystem: "logs", Name: name, Help: help},
			func() float64 { return of(a.Logs.Status()) }))
	}
	figure("engine_up", "1 while the log engine answers.", func(s logstore.Status) float64 {
		if s.Engine.Up {
			return 1
		}
		return 0
	})
	figure("engine_restarts", "Ends of the log engine that nobody wanted.", func(s logstore.Status) float64 { return float64(s.Engine.Restarts) })
	figure("rows_stored", "Lines stored durably since the start.", func(s logstore.Status) float64 { return float64(s.Spool.Rows) })
	figure("rows_forwarded", "Lines given to the log engine since the start.", func(s logstore.Status) float64 { return float64(s.Sent) })
	figure("rows_repeated", "Lines given to the log engine again after a crash.", func(s logstore.Status) float64 { return float64(s.Repeated) })
	figure("spool_bytes", "What lines on their way take on the disk.", func(s logstore.Status) float64 { return float64(s.Spool.Bytes) })
	figure("spool_lost_bytes", "What could not be read back of lines on their way: damaged, or removed by somebody.", func(s logstore.Status) float64 {
		return float64(s.Spool.Damage.Bytes + s.Spool.Damage.RemovedBytes)
	})
	figure("waiting_bytes", "What the log engine has not been given yet.", func(s logstore.Status) float64 { return float64(s.Waiting) })
	figure("sync_seconds", "How long the disk took for the last fdatasync.", func(s logstore.Status) float64 { return s.Spool.LastSync.Seconds() })
}
