package outbox

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
)

func TestWhatWentWrongIsToldInPlainWords(t *testing.T) {
	op := func(err error) error {
		return &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 25}, Err: err}
	}
	for want, err := range map[string]error{
		"the connection broke off":                          io.EOF,
		"mail: the connection broke off":                    fmt.Errorf("mail: %w", io.ErrUnexpectedEOF),
		"mail: the server a:25: the connection was refused": fmt.Errorf("mail: the server a:25: %w", op(os.NewSyscallError("connect", syscall.ECONNREFUSED))),
		"the connection broke off, later":                   fmt.Errorf("%w, later", op(os.NewSyscallError("read", syscall.ECONNRESET))),
		"no machine has the name desk.invalid":              op(&net.DNSError{Err: "no such host", Name: "desk.invalid", IsNotFound: true}),
		"the webhook's receiver answered 500":               errors.New("the webhook's receiver answered 500"),
		"no answer in time":                                 op(os.ErrDeadlineExceeded),
		"the name desk.example could not be looked up":      &net.DNSError{Err: "server misbehaving", Name: "desk.example"},
	} {
		if got := plain(err); got != want {
			t.Errorf("%v is told as %q, want %q", err, got, want)
		}
	}
}
