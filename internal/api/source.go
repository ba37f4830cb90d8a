package api

import (
	"context"
	"slices"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/source"
)

func (a *API) sources() {
	configure(a, noun[source.Spec]{
		path: "sources", one: "a source of log lines", read: people.SourceRead, write: people.SourceWrite,
		list: a.listSources,
		get: func(ctx context.Context, by actor.Actor, name string) (source.Spec, error) {
			src, err := a.Sources.Source(ctx, by, name)
			return src.Spec, err
		},
		put: func(ctx context.Context, by actor.Actor, name string, spec source.Spec) error {
			_, err := a.Sources.Put(ctx, by, source.In{Name: name, Spec: spec})
			return err
		},
		remove: func(ctx context.Context, by actor.Actor, name string) error { return a.Sources.Delete(ctx, by, name) },
	})
	add(a, get("/sources/{name}/keys", people.SourceRead, "List the keys of a source"), a.listSourceKeys)
	add(a, create("/sources/{name}/keys", people.SourceWrite, "Make a key with which lines are sent; its secret is shown once"), a.createSourceKey)
	act(a, remove("/sources/{name}/keys/{id}", people.SourceWrite, "End the key of a source, within seconds"), a.revokeSourceKey)
	add(a, get("/sources/{name}/volume", people.SourceRead, "Get what a source sent, by the hour"), a.sourceVolume)
	add(a, get("/log-status", people.SystemRead, "Get how the way of log lines to the engine is"), a.logStatus)
}

// listSources cuts the list, which is short, to the page that is asked for.
func (a *API) listSources(ctx context.Context, by actor.Actor, s search) (page.List[document[source.Spec]], error) {
	var after string
	if _, err := page.Decode(s.Cursor, &after); err != nil {
		return page.List[document[source.Spec]]{}, err
	}
	list, err := a.Sources.Sources(ctx, by)
	list = slices.DeleteFunc(list, func(src source.Source) bool { return src.Name <= after })
	rest := page.Of(list, s.Request, func(src source.Source) any { return src.Name })
	return each(rest, func(src source.Source) document[source.Spec] { return document[source.Spec]{src.Name, src.Spec} }), err
}

// SourceKey is a key with which lines are sent for one source.
type SourceKey struct {
	ID      string     `json:"id"`
	Label   string     `json:"label" doc:"What uses it."`
	Hint    string     `json:"hint" doc:"The last letters of its secret."`
	Creator string     `json:"creator"`
	Created time.Time  `json:"created"`
	Used    *time.Time `json:"used" doc:"Last use, to the hour."`
	Revoked *time.Time `json:"revoked"`
	Secret  string     `json:"secret,omitempty" doc:"Only when it is made."`
}

func showSourceKey(k source.Key) SourceKey {
	return SourceKey{ID: string(k.ID), Label: k.Label, Hint: k.Hint, Creator: k.Creator, Created: k.Created,
		Used: instant(k.Used), Revoked: instant(k.Revoked)}
}

func (a *API) listSourceKeys(ctx context.Context, by actor.Actor, in *Named) (page.List[SourceKey], error) {
	list, err := a.Sources.Keys(ctx, by, in.Name)
	return whole(list, showSourceKey), err
}

func (a *API) createSourceKey(ctx context.Context, by actor.Actor, in *struct {
	Named
	Body struct {
		Label string `json:"label" doc:"What will use it."`
	}
}) (SourceKey, error) {
	secret, k, err := a.Sources.CreateKey(ctx, by, in.Name, in.Body.Label)
	v := showSourceKey(k)
	v.Secret = secret
	return v, err
}

func (a *API) revokeSourceKey(ctx context.Context, by actor.Actor, in *struct {
	Named
	ID string `path:"id"`
}) error {
	return a.Sources.RevokeKey(ctx, by, in.Name, source.KeyID(in.ID))
}

// SourceHour is what a source sent in one hour.
type SourceHour struct {
	Hour     time.Time `json:"hour" doc:"When it began."`
	Lines    int64     `json:"lines" doc:"Without those that were uploaded as past ones."`
	Uploaded int64     `json:"uploaded" doc:"Lines that were uploaded as past ones."`
	Bytes    int64     `json:"bytes" doc:"Of names and values, as they came, of both."`
	Unparsed int64     `json:"unparsed" doc:"Lines that were kept whole because they could not be taken apart."`
	Misdated int64     `json:"misdated" doc:"Lines whose own time could not be stored."`
	Refused  int64     `json:"refused" doc:"Requests that the daily limit kept out."`
}

func (a *API) sourceVolume(ctx context.Context, by actor.Actor, in *struct {
	Named
	Since moment `query:"since" doc:"From this hour on; a day before until when left out."`
	Until moment `query:"until" doc:"Up to but without this hour; with the present one when left out."`
}) (page.List[SourceHour], error) {
	list, err := a.Sources.Volume(ctx, by, in.Name, in.Since.Time, in.Until.Time)
	return whole(list, func(h source.Hour) SourceHour {
		return SourceHour{h.At, h.Lines, h.Uploaded, h.Bytes, h.Unparsed, h.Misdated, h.Refused}
	}), err
}

// LogStatus is how the way of log lines to the engine is.
type LogStatus struct {
	Engine  LogEngine `json:"engine"`
	Spool   LogSpool  `json:"spool" doc:"Lines that are safe and on their way."`
	Readers []LogLag  `json:"readers" doc:"What each of those who take lines from the spool has not done yet."`

	Waiting   int64  `json:"waiting" doc:"Bytes that the engine has not been given yet."`
	Unsettled int64  `json:"unsettled" doc:"Bytes that the engine has taken and may not have on the disk: what a crash now could repeat."`
	Sent      int64  `json:"sent" doc:"Lines given to the engine since the start."`
	Repeated  int64  `json:"repeated" doc:"Lines of them that are marked as possible repeats."`
	Refused   int64  `json:"refused" doc:"Lines that the engine would never take."`
	Failing   string `json:"failing" doc:"Why lines cannot be handed to the engine now; empty when they can."`
}

// LogEngine is how the engine is.
type LogEngine struct {
	Up       bool      `json:"up"`
	Since    time.Time `json:"since"`
	Reason   string    `json:"reason" doc:"Why it is down."`
	Restarts int64     `json:"restarts" doc:"Ends that nobody wanted."`
	SetAside []string  `json:"set_aside" doc:"Days that it could not read and that were moved out of its way."`
}

// LogSpool is the write-ahead log in front of the engine.
type LogSpool struct {
	Bytes          int64      `json:"bytes"`
	Limit          int64      `json:"limit"`
	DiskFree       int64      `json:"disk_free"`
	Full           bool       `json:"full" doc:"New lines are refused with a time to come again."`
	Failure        string     `json:"failure" doc:"Why the last write was not acknowledged; empty when it was."`
	Oldest         *time.Time `json:"oldest" doc:"When the oldest line arrived that somebody still needs."`
	SyncSeconds    float64    `json:"sync_seconds" doc:"How long the disk took for the last write."`
	DamagedBytes   int64      `json:"damaged_bytes" doc:"Bytes that could not be read and were kept aside."`
	DamagedPlaces  int64      `json:"damaged_places"`
	TornTail       int64      `json:"torn_tail" doc:"Bytes of a write that a crash cut off; nobody was told that they were safe."`
	RowsSinceStart int64      `json:"rows_since_start"`
}

// LogLag is what one reader has not done yet.
type LogLag struct {
	Reader string     `json:"reader"`
	Bytes  int64      `json:"bytes"`
	Rows   int64      `json:"rows"`
	Oldest *time.Time `json:"oldest"`
}

func (a *API) logStatus(_ context.Context, by actor.Actor, _ *struct{}) (LogStatus, error) {
	if err := people.Allow(by, people.SystemRead, people.Target{}); err != nil {
		return LogStatus{}, err
	}
	st := a.Logs()
	st.Engine.SetAside, st.Readers = orEmpty(st.Engine.SetAside), orEmpty(st.Readers)
	return st, nil
}
