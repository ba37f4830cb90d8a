package text

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/ingest/receive"
	"mainstay/internal/ingest/receive/format"
)

// Routes are the patterns of the protocol.
func Routes(c receive.Config) []receive.Route {
	h := http.HandlerFunc(handler{c}.take)
	return []receive.Route{{Pattern: "POST /insert/text", Handler: h}, {Pattern: "PUT /insert/text", Handler: h}}
}

type handler struct{ receive.Config }

func (h handler) take(w http.ResponseWriter, r *http.Request) {
	d, err := h.Open(r, receive.Ways{})
	if err != nil {
		h.Finish(w, r, nil, err)
		return
	}
	o, err := h.options(r, d)
	if err != nil {
		h.Finish(w, r, d, err)
		return
	}
	body, err := receive.Body(r, "", receive.MaxBody)
	if err != nil {
		h.Finish(w, r, d, err)
		return
	}
	defer body.Close()
	var found []string
	err = receive.Files(r, body, func(f io.Reader) error {
		f, err := receive.Unpacked(f)
		if err != nil {
			return err
		}
		kind, err := receive.Text(d, f, o, nil)
		if !slices.Contains(found, string(kind)) {
			found = append(found, string(kind))
		}
		return err
	})
	h.FinishAs(w, r, d, strings.Join(found, ", "), err)
}

// options are what the request asks for, and where it does not, what the source says.
func (h handler) options(r *http.Request, d *receive.Delivery) (o format.Options, err error) {
	o = receive.TextOptions(d.Source(), h.Clock.Now())
	query := r.URL.Query()
	switch past := query.Get("past"); past {
	case "", "false", "0":
	case "true", "1":
		d.Past(h.Clock.Now())
	default:
		return o, errs.Invalidf("past must be true or false, not %.60q", past)
	}
	if name := query.Get("format"); name != "" {
		if o.Kind, err = format.Named(name); err != nil {
			return o, err
		}
	}
	if zone := query.Get("zone"); zone != "" {
		if o.Zone, err = time.LoadLocation(zone); err != nil || zone == "Local" {
			return o, errs.Invalidf("zone must be an IANA time zone such as Europe/London, not %.60q", zone)
		}
	}
	return o, nil
}
