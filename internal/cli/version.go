package cli

import (
	"fmt"
	"runtime"
)

type version struct{}

func (*version) Run(env Env) error {
	fmt.Fprintf(env.Out, "mainstay %s (%s, %s/%s)\n", env.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}
