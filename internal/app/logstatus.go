package app

import (
	"time"

	"mainstay/internal/api"
	"mainstay/internal/engine/logstore"
)

// logStatus hands the state of the log store to the API, which does not know the store.
func (a *App) logStatus() api.LogStatus {
	st := a.Logs.Status()
	out := api.LogStatus{
		Engine:  api.LogEngine{Up: st.Engine.Up, Since: st.Engine.Since, Reason: st.Engine.Reason, Restarts: st.Engine.Restarts, SetAside: a.daysSetAside()},
		Spool:   spoolStatus(st),
		Waiting: st.Waiting, Unsettled: st.Unsettled, Sent: st.Sent, Repeated: st.Repeated, Refused: st.Refused, Failing: st.Failing,
	}
	for _, l := range st.Spool.Readers {
		out.Readers = append(out.Readers, api.LogLag{Reader: l.Reader, Bytes: l.Bytes, Rows: l.Rows, Oldest: orNone(l.Oldest)})
	}
	return out
}

func spoolStatus(st logstore.Status) api.LogSpool {
	s := st.Spool
	out := api.LogSpool{
		Bytes: s.Bytes, Limit: s.Limit, DiskFree: s.Free, Full: s.Full, Oldest: orNone(s.Oldest), SyncSeconds: s.LastSync.Seconds(),
		DamagedBytes: s.Damage.Bytes, DamagedPlaces: s.Damage.Places, TornTail: s.Damage.Cut, RowsSinceStart: s.Rows,
	}
	if s.Failure != nil {
		out.Failure = s.Failure.Error()
	}
	return out
}

func orNone(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}
