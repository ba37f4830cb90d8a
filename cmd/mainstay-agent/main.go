// Command mainstay-agent sends logs and changes of files from a host to a Mainstay server. See
// "mainstay-agent --help".
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"mainstay/internal/agent"
)

// version is set by the build.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := agent.Main(ctx, os.Args[1:], agent.Env{Out: os.Stdout, Err: os.Stderr, Version: version})
	stop()
	os.Exit(code)
}
