package outbox

import (
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
)

// plain says what went wrong with a delivery to people who do not know what EOF is.
func plain(cause error) string {
	text := cause.Error()
	if op, ok := errors.AsType[*net.OpError](cause); ok {
		if words := network(op); words != "" {
			return strings.Replace(text, op.Error(), words, 1)
		}
	}
	if name, ok := errors.AsType[*net.DNSError](cause); ok {
		return strings.Replace(text, name.Error(), unknown(name), 1)
	}
	for _, end := range []error{io.ErrUnexpectedEOF, io.EOF} {
		if errors.Is(cause, end) {
			return strings.Replace(text, end.Error(), brokeOff, 1)
		}
	}
	return text
}

const brokeOff = "the connection broke off"

func network(op *net.OpError) string {
	name, ok := errors.AsType[*net.DNSError](op)
	switch {
	case ok:
		return unknown(name)
	case errors.Is(op, syscall.ECONNREFUSED):
		return "the connection was refused"
	case errors.Is(op, syscall.ECONNRESET), errors.Is(op, syscall.EPIPE):
		return brokeOff
	case errors.Is(op, syscall.EHOSTUNREACH), errors.Is(op, syscall.ENETUNREACH):
		return "there is no way to it in the network"
	case op.Timeout():
		return "no answer in time"
	}
	return ""
}

func unknown(name *net.DNSError) string {
	if name.IsNotFound {
		return "no machine has the name " + name.Name
	}
	return "the name " + name.Name + " could not be looked up"
}
