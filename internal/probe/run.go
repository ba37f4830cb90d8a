package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"mainstay/internal/base/clock"
)

// Func makes probes of one kind.
type Func func(context.Context, Spec, Env) Result

// Set is what can be made somewhere.
type Set map[Kind]Func

// Job is a probe to make, again and again.
type Job struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Place   string `json:"place"` // the location that it is made from
	Spec    Spec   `json:"probe"`
	Every   Span   `json:"every"`
	Timeout Span   `json:"timeout"`
	Retries int    `json:"retries,omitempty"`
	Slow    Span   `json:"slow,omitempty"` // degraded when it takes longer
}

// Run makes one probe. It returns in about the job's time limit, whatever happens.
func (s Set) Run(ctx context.Context, j Job, e Env) Result {
	make, ok := s[j.Spec.Kind()]
	if !ok {
		return Unsure("checks of the kind %q are not made here", j.Spec.Kind())
	}
	ctx, cancel := context.WithTimeout(ctx, j.Timeout.Duration())
	defer cancel()
	took := clock.Stopwatch()
	r := guarded(ctx, make, j.Spec, e)
	if r.Duration == 0 {
		r.Duration = took()
	}
	if j.Slow > 0 && r.Duration > j.Slow.Duration() {
		r.Worsen(Degraded, "took %v, more than %v", Brief(r.Duration), j.Slow)
	}
	r.Message = j.Spec.conceal(r.Message)
	return r.Tidy()
}

// guarded makes an unknown of a panic.
func guarded(ctx context.Context, make Func, s Spec, e Env) (r Result) {
	defer func() {
		if p := recover(); p != nil {
			r = Unsure("the probe broke down: %v", p)
		}
	}()
	return make(ctx, s, e)
}

// Brief is a duration as short as it is still told apart.
func Brief(d time.Duration) time.Duration {
	switch {
	case d > 10*time.Second:
		return d.Round(time.Second)
	case d > time.Second:
		return d.Round(10 * time.Millisecond)
	}
	return d.Round(100 * time.Microsecond)
}

// Broken is a failed result of an error, in words that do not repeat what everybody knows.
func Broken(err error) Result { return Fail("%s", Words(err)) }

// Words says an error of a network in a few words.
func Words(err error) string {
	var dns *net.DNSError
	var op *net.OpError
	var at *url.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), os.IsTimeout(err):
		return "no answer in time"
	case errors.Is(err, context.Canceled):
		return "stopped before it was done"
	case errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Sprintf("the name %s is not known", dns.Name)
	case errors.Is(err, syscall.ECONNREFUSED) && errors.As(err, &op) && op.Addr != nil:
		return fmt.Sprintf("%s refuses connections", op.Addr)
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connections are refused"
	case errors.Is(err, syscall.ECONNRESET):
		return "the connection was reset"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "there is no way to that address"
	case errors.As(err, &at):
		return Words(at.Err)
	case errors.As(err, &op) && op.Err != nil && op.Op != "read" && op.Op != "write":
		return strings.TrimSpace(op.Op + ": " + op.Err.Error())
	}
	return err.Error()
}
