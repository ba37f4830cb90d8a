package journald

import (
	"errors"
	"fmt"
	"io"
	"net/http"

	"mainstay/internal/ingest/receive"
)

// stream are the fields that tell streams apart when the request does not say.
var stream = []string{"_MACHINE_ID", "_HOSTNAME", "_SYSTEMD_UNIT"}

// Routes are the patterns of the protocol.
func Routes(c receive.Config) []receive.Route {
	return []receive.Route{{Pattern: "POST " + receive.JournaldPath, Handler: http.HandlerFunc(handler{c}.upload)}}
}

type handler struct{ receive.Config }

func (h handler) upload(w http.ResponseWriter, r *http.Request) {
	d, err := h.Open(r, receive.Ways{Keys: []string{r.URL.Query().Get("token")}})
	if err != nil {
		h.Text(w, r, err, 0)
		return
	}
	d.Params.Default([]string{"__REALTIME_TIMESTAMP"}, []string{"MESSAGE"})
	live := h.NewLive(w, r, d.Flush)
	r.Body = live
	err = take(d, r)
	if failed := d.Flush(); failed != nil { // while nothing was on its way: not the sender's fault
		err = failed
	}
	_ = live.Close() // it was only read
	if err != nil {
		h.Text(w, r, err, d.Stored)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintln(w, "OK.")
}

// take stores entry after entry, up to the end.
func take(d *receive.Delivery, r *http.Request) error {
	body, err := receive.Body(r, "", 0)
	if err != nil {
		return err
	}
	list := newEntries(body)
	for {
		fields, err := list.next()
		if errors.Is(err, io.EOF) {
			return d.Flush()
		}
		if err != nil {
			return d.Rest(err)
		}
		if err := d.Add(rowOf(fields, &d.Params)); err != nil {
			return err
		}
	}
}
