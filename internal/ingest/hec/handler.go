package hec

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive"
)

// Routes are the patterns of the protocol.
func Routes(c receive.Config) []receive.Route {
	h := &handler{Config: c}
	const base = "/services/collector"
	routes := []receive.Route{}
	add := func(pattern string, f http.HandlerFunc) {
		routes = append(routes, receive.Route{Pattern: pattern, Handler: f})
	}
	for _, path := range []string{"", "/1.0", "/event", "/event/1.0"} {
		add("POST "+base+path, h.events)
		add("OPTIONS "+base+path, h.options)
	}
	for _, path := range []string{"/raw", "/raw/1.0"} {
		add("POST "+base+path, h.raw)
	}
	for _, path := range []string{"/health", "/health/1.0"} {
		add("GET "+base+path, h.health)
	}
	add("POST "+base+"/ack", h.ack)
	add("POST "+base+"/ack/1.0", h.ack)
	return routes
}

type handler struct {
	receive.Config
	channels channels
}

// reply is what HEC answers.
type reply struct {
	Text   string `json:"text"`
	Code   code   `json:"code"`
	Number *int   `json:"invalid-event-number,omitempty"`
	Ack    *int64 `json:"ackId,omitempty"`
	// Detail is our own: what to do.
	Detail string `json:"detail,omitempty"`
}

func (h *handler) events(w http.ResponseWriter, r *http.Request) {
	d, channel, ok := h.begin(w, r)
	if !ok {
		return
	}
	d.Params.Default(nil, []string{signal.Message, "message", "line", "log"}) // Docker's driver has line, Fluent Bit log
	body, done, err := h.Tree(r, "", receive.JSONSize)
	if err != nil {
		h.fail(w, r, err, 0)
		return
	}
	defer done()
	rows, code, number := parse(body, &d.Params)
	for _, row := range rows {
		if err := d.Add(row); err != nil {
			h.fail(w, r, err, d.Stored)
			return
		}
	}
	if err := d.Flush(); err != nil || code == success {
		h.end(w, r, d, channel, err)
		return
	}
	rep := reply{}
	if code.numbered() {
		rep.Number = &number
	}
	if number > 0 {
		rep.Detail = "the events before this one are stored; send what follows it again"
	}
	h.answer(w, r, code, rep)
}

func (h *handler) raw(w http.ResponseWriter, r *http.Request) {
	d, channel, ok := h.begin(w, r)
	if !ok {
		return
	}
	body, err := receive.Body(r, "", receive.MaxBody)
	if err != nil {
		h.fail(w, r, err, 0)
		return
	}
	defer body.Close()
	query := r.URL.Query()
	_, err = receive.Text(d, body, receive.TextOptions(d.Source(), h.Clock.Now()), func(row *signal.Row) {
		row.Stream = stream
		for _, m := range metadata {
			if value := query.Get(m.theirs); value != "" {
				row.Fields = append(row.Fields, signal.Field{Name: m.ours, Value: value})
			}
		}
	})
	if err == nil && d.Stored == 0 {
		h.answer(w, r, noData, reply{})
		return
	}
	h.end(w, r, d, channel, err)
}

// begin finds who sends and for which channel; ok is false when that has been answered.
func (h *handler) begin(w http.ResponseWriter, r *http.Request) (d *receive.Delivery, channel string, ok bool) {
	d, err := h.Open(r, ways(r))
	if err != nil {
		h.fail(w, r, err, 0)
		return nil, "", false
	}
	channel = channelOf(r)
	if channel != "" && !validChannel(channel) {
		h.answer(w, r, channelInvalid, reply{Detail: "the channel must be a GUID"})
		return nil, "", false
	}
	return d, channel, true
}

func ways(r *http.Request) receive.Ways {
	return receive.Ways{Keys: []string{r.URL.Query().Get("token")}, HeaderOnly: true}
}

func channelOf(r *http.Request) string {
	if c := r.Header.Get("X-Splunk-Request-Channel"); c != "" {
		return c
	}
	return r.URL.Query().Get("channel")
}

// end answers success, when there is no error, with the number of the acknowledgement.
func (h *handler) end(w http.ResponseWriter, r *http.Request, d *receive.Delivery, channel string, err error) {
	if err != nil {
		h.fail(w, r, err, d.Stored)
		return
	}
	rep := reply{}
	if channel != "" {
		n := h.channels.take(string(d.Source().ID) + " " + channel)
		rep.Ack = &n
	}
	h.answer(w, r, success, rep)
}

// ack says which requests of a channel are safe: all that have a number.
func (h *handler) ack(w http.ResponseWriter, r *http.Request) {
	d, channel, ok := h.begin(w, r)
	if !ok {
		return
	}
	if channel == "" {
		h.answer(w, r, channelMissing, reply{})
		return
	}
	body, done, err := h.Tree(r, "", receive.JSONSize)
	if err != nil {
		h.fail(w, r, err, 0)
		return
	}
	defer done()
	var ask struct {
		Acks []int64 `json:"acks"`
	}
	if err := json.Unmarshal(body, &ask); err != nil {
		h.answer(w, r, invalidFormat, reply{Detail: `the body must be like {"acks":[0,1]}`})
		return
	}
	acks := map[string]bool{}
	for _, n := range ask.Acks {
		acks[strconv.FormatInt(n, 10)] = h.channels.given(string(d.Source().ID)+" "+channel, n)
	}
	h.JSON(w, r, http.StatusOK, map[string]any{"acks": acks})
}

// options answers what Docker's driver asks before it lets a container start; it sends no key.
func (h *handler) options(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Allow", "OPTIONS, POST")
	w.WriteHeader(http.StatusOK)
}

func (h *handler) health(w http.ResponseWriter, r *http.Request) { h.answer(w, r, healthy, reply{}) }

// fail answers an error with the code that comes nearest.
func (h *handler) fail(w http.ResponseWriter, r *http.Request, err error, safe int) {
	f := h.Failure(r, err, safe)
	c := invalidFormat
	switch {
	case errs.Is(err, errs.Unauthenticated):
		c = whichAuth(r)
	case errs.Is(err, errs.Forbidden):
		c = invalidToken
	case f.Status == http.StatusTooManyRequests:
		c = busy
	case f.Status >= 500:
		c = internalError
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter.Seconds()+0.999)))
	}
	status := codes[c].status
	if c == invalidFormat {
		status = f.Status // 400, 408, 413
	}
	rep := reply{Text: codes[c].text, Code: c, Detail: f.Text}
	if safe > 0 {
		rep.Number = &safe // the first that is not
	}
	h.JSON(w, r, status, rep)
}

// whichAuth tells apart what is wrong with the credentials.
func whichAuth(r *http.Request) code {
	header := r.Header.Get("Authorization")
	scheme, rest, _ := strings.Cut(header, " ")
	switch strings.ToLower(scheme) {
	case "":
		if r.URL.Query().Get("token") == "" {
			return tokenRequired
		}
		return invalidToken
	case "splunk", "bearer", "basic":
		if rest == "" {
			return invalidAuth
		}
		return invalidToken
	}
	return invalidAuth
}

func (h *handler) answer(w http.ResponseWriter, r *http.Request, c code, rep reply) {
	rep.Text, rep.Code = codes[c].text, c
	h.JSON(w, r, codes[c].status, rep)
}
